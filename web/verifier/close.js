/** The end of releasing: every unused slot opened, every slot never released named (docs/formats/seal.md, "Closing"). */
import { hex, join, readBase64, same, toBase64, utf8 } from "./bytes.js";
import { commitment, rawCommitment, sha256, shownRoot } from "./hashes.js";
import { refuse } from "./refusal.js";

const FORMAT = "unsealed-close/1";
const GENERATION = /^generation ([1-9][0-9]{0,9}) ([1-9][0-9]{0,9})$/;
const UNUSED = /^unused (0|[1-9][0-9]{0,9}) ([A-Za-z0-9+/]{43}=)$/;
const UNRELEASED = /^unreleased (0|[1-9][0-9]{0,9})$/;
const EMPTY = [utf8("Hunsealed-empty/1")];
const [SEED, BLIND, RAW_BLIND] = ["us1S", "us1B", "us1Q"].map(utf8);

const broken = () => refuse("close-form", "The list of what was never released is not in its one form.");

function encode(closed) {
  const lines = [FORMAT];
  for (const { generation, size, unused, unreleased } of closed) {
    lines.push(`generation ${generation} ${size}`);
    const slots = [...new Set([...unused.keys(), ...unreleased])].sort((a, b) => a - b);
    for (const slot of slots) {
      const seed = unused.get(slot);
      lines.push(seed === undefined ? `unreleased ${slot}` : `unused ${slot} ${toBase64(seed)}`);
    }
  }
  return lines.map((line) => line + "\n").join("");
}

function readLines(lines) {
  const closed = [];
  for (const line of lines) {
    const last = closed.at(-1);
    const [generation, unused, unreleased] = [GENERATION.exec(line), UNUSED.exec(line), UNRELEASED.exec(line)];
    if (generation) {
      closed.push({ generation: +generation[1], size: +generation[2], unused: new Map(), unreleased: new Set() });
    } else if (unused && last) last.unused.set(+unused[1], readBase64(unused[2]));
    else if (unreleased && last) last.unreleased.add(+unreleased[1]);
    else broken();
  }
  return closed;
}

/** The file `close` of a package, in its one byte form. */
export function readClose(bytes) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""); // not ASCII: a line that fits nothing
  if (!text.startsWith(FORMAT + "\n")) {
    refuse("close-version", "This is no list of what was never released, of a known version.");
  }
  const closed = readLines(text.split("\n").slice(1, -1));
  const rises = closed.every((one, at) => at === 0 || closed[at - 1].generation < one.generation);
  if (closed.length === 0 || !rises || encode(closed) !== text) broken();
  return closed;
}

/** The commitment of a slot with this slot seed that holds nothing. */
function emptyCommitment(seed, archive, generation, slot) {
  const [start, blind, rawBlind] = [SEED, BLIND, RAW_BLIND].map((tag) => sha256(join(tag, seed)));
  const raw = rawCommitment(rawBlind, new Uint8Array(32));
  return commitment({ archive, generation, slot, blind, n: 1, raw }, shownRoot(start, EMPTY));
}

function checkSlots({ generation, size, unused, unreleased }, released) {
  const told = [...released, ...unused.keys(), ...unreleased];
  const all = new Set(told);
  if (told.length !== size || all.size !== size || told.some((slot) => slot >= size)) {
    refuse("close-slots", "A slot is not exactly one of released, unused and never released.");
  }
}

/**
 * Refuse unless the file accounts for each slot of each sealed generation exactly once.
 *
 * `entry`: the payload of the `close` entry. `archive`: 32 bytes. `commitments`: a Map from each sealed generation to the
 * commitments of its slots. `released`: [generation, slot] of every document that a release showed, none twice.
 */
export function checkClose(bytes, entry, archive, commitments, released) {
  const closed = readClose(bytes);
  const count = (part) => closed.reduce((sum, one) => sum + one[part].size, 0);
  if (count("unused") !== entry.unused || count("unreleased") !== entry.unreleased) {
    refuse("close-count", "The list of the end has other counts than were signed.");
  }
  if (closed.length !== commitments.size || closed.some((one) => commitments.get(one.generation)?.length !== one.size)) {
    refuse("close-generations", "The list of the end does not speak of exactly the sealed generations.");
  }
  for (const one of closed) {
    const shown = released.filter(([generation]) => generation === one.generation).map(([, slot]) => slot);
    checkSlots(one, shown);
    for (const [slot, seed] of one.unused) {
      if (!same(emptyCommitment(seed, archive, one.generation, slot), commitments.get(one.generation)[slot])) {
        refuse("close-unused", `Slot ${slot} is called unused, and holds something.`);
      }
    }
  }
  return { unused: entry.unused, unreleased: entry.unreleased, archive: hex(archive) };
}
