/* Hold this verifier to tests/vectors: node web/verifier/vectors.mjs [FOLDER]. Ends with 1 where one differs. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromHex, hex, join as joined, utf8 } from "./bytes.js";
import { checkInclusion, leafHash } from "./hashes.js";
import { standingOf } from "./history.js";
import { checkClose } from "./close.js";
import { check } from "./index.js";
import { Refusal } from "./refusal.js";

const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "tests", "vectors");
const load = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
let [passed, failed] = [0, 0];

function count(name, problem) {
  if (problem === null) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED ${name}: ${problem}`);
  }
}

function range(from, to) {
  let text = "";
  for (let at = from; at < to; at++) text += `"Ww${at} ",`;
  return text;
}

function bytesOf(pieces, shared) {
  const parts = pieces.map((piece) => {
    if (typeof piece === "string") return utf8(piece);
    if ("shared" in piece) return utf8(shared[piece.shared]);
    if ("repeat" in piece) return utf8(piece.repeat.repeat(piece.times));
    if ("from" in piece) return utf8(range(piece.from, piece.to));
    return fromHex(piece.hex);
  });
  return joined(...parts);
}

/** null, or the Refusal. Any other error is a fault of the verifier. */
function refusalOf(bytes, policy, excerpts) {
  try {
    check(bytes, policy, { excerpts });
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const shortBlocks = (found) =>
  found.map((block) =>
    block.type === "gap"
      ? [block.atoms, block.reason]
      : { label: block.label, runs: block.runs.map((run) => (run.type === "gap" ? [run.atoms, run.reason] : run.text)) },
  );

function positive({ policy, vectors, shared }) {
  for (const vector of vectors) {
    const bytes = bytesOf(vector.file, shared);
    const wanted = vector.expect;
    const excerpts = wanted.cut === "excerpt";
    const found = check(bytes, policy, { excerpts });
    const values = {
      cut: found.excerpt ? "excerpt" : "publisher",
      slot: found.proof.slot,
      generation: found.proof.generation,
      release: found.release.number,
      n: found.proof.n,
      c: hex(found.c),
      p: hex(found.p),
    };
    const wrong = Object.keys(values).filter((key) => key in wanted && wanted[key] !== values[key]);
    if (wanted.blocks && JSON.stringify(shortBlocks(found.blocks)) !== JSON.stringify(wanted.blocks)) wrong.push("blocks");
    if (refusalOf(bytes, null, excerpts) !== null) wrong.push("without a policy");
    if (excerpts && refusalOf(bytes, policy, false)?.rule !== "excerpt") wrong.push("excerpt not refused");
    count(vector.name, wrong.length ? wrong.join(", ") : null);
  }
}

function negative({ policy, vectors, shared }) {
  for (const vector of vectors) {
    const bytes = bytesOf(vector.file, shared);
    const chosen = "policy" in vector ? vector.policy : policy;
    const found = refusalOf(bytes, chosen, vector.excerpts !== false);
    let problem = null;
    if (found === null) problem = "accepted";
    else if (found.rule !== vector.rule || found.answer !== vector.answer) problem = `${found.rule}, ${found.answer}`;
    if (vector.keys_only && refusalOf(bytes, null, true) !== null) problem = "refused without a policy";
    count(`${vector.name} (${vector.rule})`, problem);
  }
}

function trees({ leaves, trees: list, sizes }) {
  for (const tree of list ?? sizes ?? []) {
    (tree.inclusion ?? tree.paths ?? []).forEach((path, index) => {
      const leaf = leafHash(fromHex(leaves[index]));
      let problem = null;
      try {
        checkInclusion("inclusion", leaf, BigInt(index), BigInt(tree.size), path.map(fromHex), tree.root);
      } catch (error) {
        problem = error.message;
      }
      count(`tree of ${tree.size}, leaf ${index}`, problem);
    });
  }
}

/** Entries as one bundle: each after its length as a big-endian u16. */
function bundleOf(entries, cutOff) {
  const parts = entries.map(utf8).flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 255), entry]);
  const whole = joined(...parts);
  return whole.subarray(0, whole.length - cutOff);
}

function standing({ policy, vectors }) {
  for (const { name, file, checkpoint, entries, cut_off: cutOff, expect } of vectors) {
    let told;
    try {
      const log = { checkpoint: utf8(checkpoint), bundles: [bundleOf(entries, cutOff)] };
      const found = standingOf(check(utf8(file), policy), policy, log);
      const { steps, withdrawn, corrections } = found;
      told = { steps: steps.map((step) => step.kind), withdrawn, corrections: corrections.length };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      told = { rule: error.rule };
    }
    count(name, JSON.stringify(told) === JSON.stringify(expect) ? null : JSON.stringify(told));
  }
}

function closing({ archive, vectors }) {
  for (const vector of vectors) {
    const commitments = new Map(Object.entries(vector.commitments).map(([number, list]) => [+number, list.map(fromHex)]));
    let told = "";
    try {
      checkClose(fromHex(vector.file), vector, fromHex(archive), commitments, vector.released);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      told = error.rule;
    }
    count(`${vector.name} (${vector.rule})`, told === vector.rule ? null : told || "accepted");
  }
}

positive(load("positive.json"));
standing(load("standing.json"));
negative(load("negative.json"));
trees(load("merkle.json"));
closing(load("closing.json"));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
