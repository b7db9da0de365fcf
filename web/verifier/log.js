/** The log's side: entries, checkpoints, proofs of entries (docs/formats/log.md; C2SP tlog-proof, tlog-checkpoint). */
import { readBase64, utf8 } from "./bytes.js";
import { checkInclusion, leafHash } from "./hashes.js";
import { COSIGNATURE, compareLines, holds, isLineOf, readNote, sameKey, signersOf } from "./note.js";
import { checkQuorum, checkThreshold, readPolicy } from "./policy.js";
import { refuse } from "./refusal.js";
import { day, hex32, integer, listOf, object, readJson, text, tuple } from "./shape.js";

const FORMAT = "unsealed-entry/1";
const MAX_ENTRY = 65535; // bytes
const MAX_PROOF = (1 << 20) + (8 << 10); // bytes
const CODE = /^[a-z][a-z0-9-]{0,39}$/;
const DECIMAL = /^(0|[1-9][0-9]{0,18})$/;
const MAX_63 = (1n << 63n) - 1n;

const count = integer(0, Number.MAX_SAFE_INTEGER);
const file = object({ sha256: hex32, length: count });
const head = (kind) => ({ kind: (value) => value === kind, archive: hex32, policy: hex32, number: count });
const number32 = integer(0, 0xffffffff);
const code = (value) => text(value) && CODE.test(value);
const documents = listOf(tuple(number32, number32, number32, number32));
const packaged = (kind) => ({ ...head(kind), date: day, manifest: file });
const released = (kind) => ({
  ...packaged(kind),
  cuts: object({ root: hex32, count }),
  verifier: hex32,
  reasons: listOf(object({ number: integer(1, 0xffffffff), code: text, text })),
});
const PAYLOADS = {
  seal: object({ ...packaged("seal"), statement: text }),
  release: object(released("release")),
  "redact-more": object({ ...released("redact-more"), documents, text }),
  unredact: object({ ...released("unredact"), documents, text }),
  withdraw: object({ ...packaged("withdraw"), documents, reason: code, text }),
  close: object({ ...packaged("close"), file, unused: count, unreleased: count, text }),
  site: object({ ...head("site"), release: count, manifest: file }),
  keys: object({ ...head("keys"), next: text }),
  correction: object({ ...head("correction"), date: day, documents, text }),
  mirrors: object({ ...head("mirrors"), date: day, mirrors: listOf(object({ address: text, text })) }),
  support: object({ ...head("support"), date: day, ways: listOf(object({ kind: code, address: text, text })), text }),
  moved: object({
    ...head("moved"),
    date: day,
    log: object({ origin: text, key: text, size: count, root: hex32 }),
    before: text,
    text,
  }),
};

function readPayload(source) {
  const [first, ...rest] = source.split("\n");
  const [version, kind] = first.split(/ (.*)/s);
  if (version !== FORMAT) refuse("entry-version", "A log entry is of an unknown version.");
  if (!Object.hasOwn(PAYLOADS, kind ?? "")) refuse("entry-kind", "A log entry is of a kind that is not known.");
  const json = rest.join("\n");
  const payload = json.endsWith("\n") ? readJson(json.slice(0, -1), PAYLOADS[kind]) : undefined;
  if (payload === undefined) refuse("entry-form", "A log entry is not written in its one canonical form.");
  const reasons = payload.reasons ?? [];
  if (reasons.some((reason, at) => at > 0 && reasons[at - 1].number >= reason.number)) {
    refuse("entry-reasons", "The reasons of a release are not in the order of their numbers.");
  }
  checkListed(payload);
  return payload;
}

/** The documents of an amendment: at least one, by release and place, none twice; and a cut for each of them. */
function checkListed({ documents: listed, cuts }) {
  if (listed === undefined) return;
  const rises = ([release, place], at) => {
    const [before, last] = listed[at - 1] ?? [-1, 0];
    return release > before || (release === before && place > last);
  };
  if (listed.length === 0 || !listed.every(rises)) {
    refuse("amendment-order", "The documents of a log entry are none, or not in order.");
  }
  if (cuts && cuts.count !== listed.length) {
    refuse("amendment-count", "A log entry has not one cut for each document that it lists.");
  }
}

export function readEntry(bytes) {
  if (bytes.length > MAX_ENTRY) refuse("entry-size", "A log entry is too long.");
  const note = readNote(bytes);
  for (let at = 1; at < note.lines.length; at++) {
    if (compareLines(note.lines[at - 1], note.lines[at]) >= 0) {
      refuse("entry-order", "The signatures of a log entry are repeated or not in order.");
    }
  }
  return { note, payload: readPayload(note.text) };
}

/** The keys among `allowed` that signed the entry; refused where anybody else did. */
function signedBy(entry, allowed) {
  if (entry.note.lines.some((line) => !allowed.some((key) => isLineOf(line, key)))) {
    refuse("key-unknown", "A key that has no part here signed a log entry.");
  }
  return signersOf(entry.note, allowed);
}

/** A change of keys is signed by enough root keys of the policy in force and of the next one. */
function checkKeysEntry(entry, old) {
  const next = readPolicy(entry.payload.next, "policy-form");
  if (next.number !== entry.payload.number || next.number !== old.number + 1 || !sameKey(next.log, old.log)) {
    refuse("entry-number", "A keys entry skips a number, or names another log.");
  }
  return checkRoots(entry, old, next);
}

function checkRoots(entry, old, next) {
  const fresh = next.roots.filter((key) => !old.roots.some((other) => sameKey(key, other)));
  const signed = signedBy(entry, [...old.roots, ...fresh]);
  for (const policy of [old, next]) {
    const counted = signed.filter((key) => policy.roots.some((root) => sameKey(root, key)));
    checkThreshold(counted, policy.rootsNeeded, "root keys");
  }
  return signed;
}

/** A log that takes the place of another one is signed by enough root keys of the old one's policy and of its own. */
function checkMovedEntry(entry, policy) {
  const old = readPolicy(entry.payload.before, "policy-form");
  const { origin, key } = entry.payload.log;
  if (origin !== old.log.name || key !== old.log.written || old.archive === policy.archive) {
    refuse("moved", "A log that moved names another old log than its old policy.");
  }
  return checkRoots(entry, old, policy);
}

/** Who of the policy's editors signed the entry; refused where they are too few, or anybody else signed. */
export function checkEntry(entry, policy) {
  if (entry.payload.archive !== policy.archive) refuse("archive", "A log entry speaks of another archive.");
  if (entry.payload.policy !== policy.sha256) {
    refuse("policy", "A log entry was made under another policy than the one that you trust.");
  }
  if (entry.payload.kind === "keys") return checkKeysEntry(entry, policy);
  if (entry.payload.kind === "moved") return checkMovedEntry(entry, policy);
  const signed = signedBy(entry, policy.editors);
  checkThreshold(signed, policy.editorsNeeded, "editors");
  return signed;
}

function readCheckpoint(source) {
  const lines = source.split("\n");
  if (lines.length < 4 || lines.pop() !== "" || lines.includes("")) {
    refuse("checkpoint-form", "A checkpoint has fewer than three lines, or an empty one.");
  }
  const [origin, size, root] = lines;
  if (!DECIMAL.test(size) || BigInt(size) > MAX_63) {
    refuse("checkpoint-form", "The size in a checkpoint is not a plain decimal number.");
  }
  const digest = readBase64(root);
  if (digest.length !== 32) refuse("checkpoint-form", "The root in a checkpoint is not 32 bytes long.");
  return { origin, size: BigInt(size), root: digest };
}

function checkCosignature(note, line, witness) {
  if (line.signature.length !== 72) refuse("cosignature", `The cosignature of ${witness.name} has a wrong length.`);
  const time = new DataView(line.signature.buffer, line.signature.byteOffset, 8).getBigUint64(0);
  if (time > MAX_63) refuse("cosignature-time", `The time of the witness ${witness.name} is out of range.`);
  const signed = utf8(`cosignature/v1\ntime ${time}\n${note.text}`);
  if (!holds(line.signature.subarray(8), signed, witness.key.publicKey)) {
    refuse("cosignature", `The cosignature of ${witness.name} does not hold.`);
  }
}

/** A checkpoint that the policy's log signed and its quorum cosigned; without a policy only its form is read. */
export function openCheckpoint(bytes, policy) {
  const note = readNote(bytes);
  const checkpoint = readCheckpoint(note.text);
  if (policy === null) return { checkpoint, witnesses: [] };
  if (checkpoint.origin !== policy.log.name) refuse("origin", "This checkpoint is of another log than the one you trust.");
  if (signersOf(note, [policy.log]).length === 0) {
    refuse("log-key", "The log that you trust did not sign this checkpoint.");
  }
  const witnessed = new Set();
  for (const line of note.lines) {
    const known = [...policy.witnesses.values()].find((one) => one.key.kind === COSIGNATURE && isLineOf(line, one.key));
    if (!known) continue;
    checkCosignature(note, line, known);
    witnessed.add(known.name);
  }
  checkQuorum(policy, witnessed);
  return { checkpoint, witnesses: [...witnessed] };
}

function readLogProof(source) {
  const broken = () => refuse("tlog-proof-form", "A log proof is not in the form of c2sp.org/tlog-proof@v1.");
  const gap = source.indexOf("\n\n");
  if (gap < 0 || utf8(source).length > MAX_PROOF) broken();
  const lines = source.slice(0, gap).split("\n");
  // eslint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(source.slice(0, gap)) || lines.shift() !== "c2sp.org/tlog-proof@v1") broken();
  if (lines[0]?.startsWith("extra ")) {
    if (readBase64(lines.shift().slice(6)).length === 0) broken();
    refuse("tlog-proof-extra", "A log proof carries extra data.");
  }
  const [word, index] = (lines.shift() ?? "").split(/ (.*)/s);
  if (word !== "index" || !DECIMAL.test(index ?? "")) broken();
  const path = lines.map(readBase64);
  if (path.length > 63 || path.some((node) => node.length !== 32)) broken();
  return { index: BigInt(index), path, checkpoint: source.slice(gap + 2) };
}

/** The entry stands in the log where its proof says, and (with a policy) the right people say so. */
export function checkLogged({ entry, proof }, policy) {
  const bytes = utf8(entry);
  const found = readLogProof(proof);
  const { checkpoint, witnesses } = openCheckpoint(utf8(found.checkpoint), policy);
  checkInclusion("inclusion", leafHash(bytes), found.index, checkpoint.size, found.path, checkpoint.root);
  const read = readEntry(bytes);
  const names = policy === null ? [] : checkEntry(read, policy).map((key) => key.name);
  return { payload: read.payload, index: found.index, checkpoint, signedBy: names, witnesses };
}
