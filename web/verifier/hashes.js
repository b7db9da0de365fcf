/** Every hash of docs/formats/seal.md, and RFC 6962 inclusion. */
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { fromHex, join, same, u32, utf8 } from "./bytes.js";
import { refuse } from "./refusal.js";

const [ZERO, ONE] = [Uint8Array.of(0), Uint8Array.of(1)];
const TAGS = Object.fromEntries(["G", "A", "D", "P", "R", "I"].map((letter) => [letter, utf8("us1" + letter)]));
const ATOM = join(ZERO, TAGS.A);

export { sha256, sha512 };

export const leafHash = (entry) => sha256(join(ZERO, entry));
export const nodeHash = (left, right) => sha256(join(ONE, left, right));

/** Both children of a seed. */
export function children(seed) {
  const digest = sha512(join(TAGS.G, seed));
  return [digest.subarray(0, 32), digest.subarray(32)];
}

/** The largest power of two smaller than count (count at least 2): where RFC 6962 splits. */
export function split(count) {
  let half = 1;
  while (half * 2 < count) half *= 2;
  return half;
}

/** Root of a shown subtree: seeds go down, hashes come up. `atoms` are the bytes kind || content. */
export function shownRoot(seed, atoms, from = 0, to = atoms.length) {
  if (to - from === 1) return sha256(join(ATOM, seed, atoms[from]));
  const middle = from + split(to - from);
  const [left, right] = children(seed);
  return nodeHash(shownRoot(left, atoms, from, middle), shownRoot(right, atoms, middle, to));
}

export const rawCommitment = (blind, digest) => sha256(join(TAGS.R, blind, digest));
export const archiveId = (origin, key) => sha256(join(TAGS.I, utf8(origin + "\n"), key));

/** c, the document commitment. */
export function commitment(body, root) {
  return sha256(
    join(TAGS.D, body.archive, u32(body.generation), u32(body.slot), body.blind, u32(body.n), root, body.raw),
  );
}

/** p, the publisher's cut. */
export function cutHash(c, spans) {
  const numbers = new DataView(new ArrayBuffer(12 * spans.length));
  spans.forEach((span, at) => {
    numbers.setUint32(12 * at, span.first);
    numbers.setUint32(12 * at + 4, span.count);
    numbers.setUint32(12 * at + 8, span.reason);
  });
  return sha256(join(ZERO, TAGS.P, c, u32(spans.length), new Uint8Array(numbers.buffer)));
}

/** Refuse unless `leaf` stands at `index` of the tree of `size` with this root (RFC 9162, 2.1.3.2). BigInt numbers. */
export function checkInclusion(what, leaf, index, size, path, root) {
  if (index >= size) refuse(`${what}-index`, "A place lies outside of its tree.");
  let [at, last, hash] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n) refuse(`${what}-length`, "An inclusion path is too long.");
    if (at % 2n === 1n || at === last) {
      hash = nodeHash(sibling, hash);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at / 2n, last / 2n];
    } else hash = nodeHash(hash, sibling);
    [at, last] = [at / 2n, last / 2n];
  }
  if (last !== 0n) refuse(`${what}-length`, "An inclusion path is too short.");
  if (!same(hash, typeof root === "string" ? fromHex(root) : root)) {
    refuse(`${what}-root`, "An inclusion path leads to another root.");
  }
}
