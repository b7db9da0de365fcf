/** The reader's question: is this text sealed, unchanged, and cut as the publisher cut it? (docs/formats/seal.md) */
import { hex, same, utf8 } from "./bytes.js";
import { blocks, checkDocument, formatOf, gaps } from "./document.js";
import { checkInclusion, cutHash, leafHash } from "./hashes.js";
import { standingOf } from "./history.js";
import { checkLogged } from "./log.js";
import { readPolicy } from "./policy.js";
import { readProof } from "./proof.js";
import { Refusal, refuse } from "./refusal.js";
import { readStatement } from "./statement.js";

const AFTER = "Not proven: what came after.";

function checkSealed(proof, c, policy) {
  const logged = checkLogged(proof.seal, policy);
  if (logged.payload.kind !== "seal") refuse("seal-kind", "The first log entry of this proof is no seal.");
  const statement = readStatement(logged.payload.statement);
  const archive = hex(proof.archive);
  if (archive !== statement.archive || archive !== logged.payload.archive) {
    refuse("archive", "This document was sealed in another archive.");
  }
  if (proof.generation !== statement.generation) refuse("generation", "This document is of another generation than its seal.");
  if (!statement.formats.includes(formatOf(proof))) refuse("format-sealed", "The seal names no document of this format.");
  checkInclusion("commitment", leafHash(c), BigInt(proof.slot), BigInt(statement.size), proof.path, statement.root);
  return { logged, statement };
}

function checkReleased(proof, sealed, policy) {
  const logged = checkLogged(proof.release, policy);
  if (logged.payload.cuts === undefined) refuse("release-kind", "The second log entry of this proof is no release.");
  if (logged.payload.archive !== hex(proof.archive)) refuse("archive", "This document was released from another archive.");
  const [head, sealHead] = [logged.checkpoint, sealed.checkpoint];
  if (head.origin !== sealHead.origin) refuse("log-origin", "Seal and release stand in two different logs.");
  if (head.size === sealHead.size && !same(head.root, sealHead.root)) {
    refuse("log-fork", "Seal and release stand in two histories of one log: it was forked.");
  }
  if (logged.index <= sealed.index) refuse("release-order", "The release stands before the seal in the log.");
  return logged;
}

/** The cut in the file is the publisher's: refusals of this step mean "sealed words, another cut". */
function checkCut(proof, c, release, excerpts) {
  try {
    const { cuts, reasons } = release;
    const p = cutHash(c, proof.spans);
    checkInclusion("cut", p, BigInt(proof.place), BigInt(cuts.count), proof.cutPath, cuts.root);
    const hidden = gaps(proof);
    const known = new Set(reasons.map((reason) => reason.number));
    if (proof.spans.some((span) => !known.has(span.reason))) refuse("reason", "A reason is not in the publisher's table.");
    const excerpt = hidden.some((gap) => gap.reason === 0);
    if (excerpt && !excerpts) refuse("excerpt", "Somebody hid more of the words than the publisher did.");
    return { p, excerpt };
  } catch (error) {
    if (error instanceof Refusal) error.answer = "foreign-cut";
    throw error;
  }
}

/** Check the bytes of one proof file; throws a Refusal that names the broken rule. `policy` is text, or null. */
export function check(bytes, policyText, { excerpts = false } = {}) {
  const policy = policyText === null || policyText === undefined ? null : readPolicy(policyText);
  const proof = readProof(bytes);
  const c = checkDocument(proof);
  const sealed = checkSealed(proof, c, policy);
  const released = checkReleased(proof, sealed.logged, policy);
  const { p, excerpt } = checkCut(proof, c, released.payload, excerpts);
  const used = new Set(proof.spans.map((span) => span.reason));
  return {
    proof,
    c,
    p,
    excerpt,
    statement: sealed.statement,
    release: released.payload,
    keysChecked: policy !== null,
    signedBy: released.signedBy,
    witnesses: [...new Set([...sealed.logged.witnesses, ...released.witnesses])],
    logged: [
      { entry: proof.seal.entry, index: sealed.logged.index },
      { entry: proof.release.entry, index: released.index },
    ],
    reasons: released.payload.reasons.filter((reason) => used.has(reason.number)),
    blocks: blocks(proof),
  };
}

function answer(found) {
  const words = found.keysChecked
    ? "The words shown are the sealed words, and they are cut as the publisher cut them."
    : "The words shown fit the seal in this file. Whose keys signed it was not checked: choose a policy file.";
  return {
    state: found.keysChecked ? "sealed" : "keys-not-checked",
    messages: [
      words,
      "Not proven: that the document is true or authentic, only that these words were in the archive when it was sealed.",
      "Not proven: what the hidden words say, or that they were rightly hidden.",
      "Not proven: the time. It is the publisher's word, except where a witness is named.",
      AFTER + " A file cannot know whether it was corrected, redacted further or withdrawn; the log can.",
    ],
    blocks: found.blocks,
    facts: {
      slot: found.proof.slot,
      generation: found.proof.generation,
      archive: hex(found.proof.archive),
      sealed: found.statement.time,
      release: found.release.number,
      reasons: found.reasons,
      signedBy: found.signedBy,
      witnesses: found.witnesses,
    },
  };
}

const STEPS = {
  "redact-more": (step) => `Redacted further in release ${step.number} on ${step.date}: ${step.text}`,
  unredact: (step) => `Shown further in release ${step.number} on ${step.date}: ${step.text}`,
  withdraw: (step) => `Withdrawn on ${step.date} (${step.reason.replaceAll("-", " ")}): ${step.text}`,
};

/** The same answer, with what the log of a mirror says of what came after. */
function later(told, found, policyText, log) {
  const { steps, withdrawn, corrections, size } = standingOf(found, policyText, log);
  const messages = told.messages.filter((message) => !message.startsWith(AFTER));
  messages.push(...corrections.map((one) => `Correction of ${one.date}: ${one.text}`));
  if (steps.length === 0) {
    messages.splice(1, 0, `In force: nothing took its place in the ${size} entries of the log.`);
    return { ...told, messages };
  }
  const end = withdrawn ? "The document is withdrawn." : "Another cut of it is in force.";
  const words = `Sealed, and cut as the publisher cut it in release ${found.release.number}, but no longer in force. ${end}`;
  const since = steps.map((step) => STEPS[step.kind](step));
  return { ...told, state: "not-in-force", messages: [words, ...since, ...messages.slice(1)] };
}

/** A log that does not hold says nothing about the file: the proof holds as it did. */
function asked(told, found, policyText, log) {
  try {
    return later(told, found, policyText, log);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...told, state: "log-refused", messages: [`${error.message} (${error.rule})`, ...told.messages] };
  }
}

/** The interface of web/README.md: never throws. What goes wrong here says nothing about the file, and says so. */
export function verifyProof(proofText, policyText, log) {
  try {
    const found = check(utf8(proofText), policyText ?? null);
    const told = answer(found);
    return log && policyText ? asked(told, found, policyText, log) : told;
  } catch (error) {
    const known = error instanceof Refusal;
    const words = known ? `${error.message} (${error.rule})` : "This browser could not finish the check. Nothing was proved or refused.";
    return { state: known ? error.answer : "unfinished", messages: [words], blocks: [], facts: {} };
  }
}
