/** Read a proof file: its one byte form, and each atom by itself (docs/formats/seal.md, "Proof file", "Nodes"). */
import { fromBase64, fromUtf8, u32, utf8, join } from "./bytes.js";
import { refuse } from "./refusal.js";
import { either, exactly, integer, listOf, maybe, object, readJson, text, tuple } from "./shape.js";

const LIMIT = 64 << 20; // bytes of a proof file
const MAX_ATOM = 65536; // bytes of an atom's content
const PREFIX = utf8('{"v":"unsealed-proof/1",');
const UNIT = /^U([1-9][0-9]{0,7}) ([a-z-]{1,32})$/;

const number = integer(0, 0xffffffff);
const count = integer(1, 1 << 24);
const hash = (value) => text(value) && fromBase64(value)?.length === 32;
const logged = object({ entry: text, proof: text });
const FILE = object({
  v: exactly("unsealed-proof/1"),
  archive: hash,
  generation: number,
  slot: number,
  n: count,
  blind: hash,
  raw: hash,
  opening: maybe(tuple(hash, hash)),
  nodes: listOf(either(tuple(exactly("shown"), hash, listOf(text)), tuple(exactly("hidden"), count, hash))),
  path: listOf(hash),
  spans: listOf(tuple(number, number, number)),
  place: number,
  cut_path: listOf(hash),
  seal: logged,
  release: logged,
});

function readUnit(written) {
  const found = UNIT.exec(written);
  if (!found) refuse("unit-form", "A unit does not say how many atoms it has and what it is.");
  const size = Number(found[1]);
  return { kind: "U", size, label: found[2], bytes: join(utf8("U"), u32(size), utf8(found[2])) };
}

function readAtom(written) {
  const kind = written.slice(0, 1);
  if (kind === "U") return readUnit(written);
  if (kind !== "H" && kind !== "W" && kind !== "N") refuse("atom-kind", "An atom is of no known kind.");
  if (kind === "W" && written.length === 1) refuse("word-empty", "A word is empty.");
  if (kind === "N" && written.length > 1) refuse("null-text", "A null atom holds text.");
  const bytes = utf8(written);
  if (bytes.length > MAX_ATOM + 1) refuse("atom-size", "An atom is longer than 64 KiB.");
  return { kind, text: written.slice(1), bytes };
}

function readNode(written) {
  if (written[0] === "hidden") return { size: written[1], hash: fromBase64(written[2]) };
  if (written[2].length === 0) refuse("node-empty", "A shown node has no atoms.");
  const atoms = written[2].map(readAtom);
  return { size: atoms.length, seed: fromBase64(written[1]), atoms };
}

/** The parts of a proof file, given as bytes; nothing is proved yet. */
export function readProof(bytes) {
  if (bytes.length > LIMIT) refuse("limit", "A proof file is larger than 64 MiB.");
  if (!PREFIX.every((byte, at) => bytes[at] === byte)) {
    refuse("version", "This is not a proof of a known version. A newer verifier may know it.");
  }
  const file = readFile(bytes);
  if (file === undefined) refuse("form", "This proof is not written in the one form that a proof file has.");
  return {
    archive: fromBase64(file.archive),
    generation: file.generation,
    slot: file.slot,
    n: file.n,
    blind: fromBase64(file.blind),
    raw: fromBase64(file.raw),
    opening: file.opening && file.opening.map(fromBase64),
    nodes: file.nodes.map(readNode),
    path: file.path.map(fromBase64),
    spans: file.spans.map(([first, size, reason]) => ({ first, count: size, reason, end: first + size })),
    place: file.place,
    cutPath: file.cut_path.map(fromBase64),
    seal: file.seal,
    release: file.release,
  };
}

function readFile(bytes) {
  let whole;
  try {
    whole = fromUtf8(bytes);
  } catch {
    return undefined;
  }
  return whole.endsWith("\n") ? readJson(whole.slice(0, -1), FILE) : undefined;
}
