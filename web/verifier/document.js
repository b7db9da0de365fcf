/** The document by itself: grammar, spans, root, commitment; and what is displayed. */
import { same } from "./bytes.js";
import { commitment, nodeHash, rawCommitment, shownRoot, split } from "./hashes.js";
import { Refusal, refuse } from "./refusal.js";

export const FORMATS = ["unsealed-document/1", "unsealed-empty/1"];
const LABELS = new Set(
  `attachment banner caption cell cell-label classification classified-by closer code coordinate dateline declassify dtg
  from header heading id info link list-item message name note number origin paragraph passing quote ref refs-label
  routing signature source-note structure subject subject-label system tag tags-label text time title to unread`.split(/\s+/),
);

/** The format id in the shown header. */
export function formatOf(body) {
  const header = body.nodes[0]?.atoms?.[0];
  if (header?.kind !== "H") refuse("header", "A document does not begin with a shown header.");
  if (!FORMATS.includes(header.text)) refuse("format", "The format of this document is not known.");
  if (header.text === "unsealed-empty/1" && body.n !== 1) refuse("empty", "An unused slot holds text.");
  return header.text;
}

function unitEnd(atom, at, end, n) {
  if (at < end) refuse("unit-overlap", "A unit begins inside another one.");
  if (!LABELS.has(atom.label)) refuse("label", "A unit has a label that the format does not know.");
  if (at + atom.size > n) refuse("unit-length", "A unit is longer than the document.");
  return at + atom.size;
}

/** Nodes tile the document, and shown atoms stand where atoms of their kind may stand. */
function checkGrammar(body) {
  formatOf(body);
  const total = body.nodes.reduce((sum, node) => sum + node.size, 0);
  if (total !== body.n) refuse("tiling", "The parts of this proof are not as long as the document.");
  let [start, end] = [0, 1];
  for (const node of body.nodes) {
    (node.atoms ?? []).forEach((atom, offset) => {
      const at = start + offset;
      if (atom.kind === "U") end = unitEnd(atom, at, end, body.n);
      else if (atom.kind === "H") {
        if (at > 0) refuse("header", "A second header stands inside a document.");
      } else if (at >= end) refuse("outside-unit", "A word is shown outside of any unit that is shown.");
    });
    start += node.size;
  }
}

function checkSpans(spans, n) {
  let [end, reason] = [1, 0];
  for (const span of spans) {
    if (span.count < 1 || span.first < 1 || span.end > n) refuse("span-range", "A hidden place lies nowhere.");
    if (span.reason < 1) refuse("span-reason", "A hidden place has no reason.");
    if (span.first < end) refuse("span-order", "The hidden places overlap or are out of order.");
    if (span.first === end && span.reason === reason) refuse("span-maximal", "Two hidden places are one.");
    [end, reason] = [span.end, span.reason];
  }
}

/** Root of the next subtree of `size` atoms, and the kind of node where it is a single one. */
function fold(waiting, size) {
  const node = waiting.nodes[waiting.next];
  if (node.size === size) {
    waiting.next = Math.min(waiting.next + 1, waiting.nodes.length - 1);
    if (!node.atoms) return [node.hash, "hidden"];
    return [shownRoot(node.seed, node.atoms.map((atom) => atom.bytes)), "shown"];
  }
  if (node.size > size) refuse("node-shape", "A part of this proof is no subtree of the document.");
  const half = split(size);
  const [left, leftKind] = fold(waiting, half);
  const [right, rightKind] = fold(waiting, size - half);
  if (leftKind !== null && leftKind === rightKind) refuse("node-unmerged", "Two parts of one kind could be one.");
  return [nodeHash(left, right), null];
}

/** All checks of the document alone; its commitment c. */
export function checkDocument(body) {
  checkGrammar(body);
  checkSpans(body.spans, body.n);
  const [root] = fold({ nodes: body.nodes, next: 0 }, body.n);
  if (body.opening) {
    const [blind, digest] = body.opening;
    if (!same(rawCommitment(blind, digest), body.raw)) {
      refuse("raw-opening", "The hash of the original is not the one that was sealed.");
    }
    if (body.spans.length > 0 || body.nodes.some((node) => !node.atoms)) {
      refuse("raw-hidden", "The hash of the original is opened, but words are hidden.");
    }
  }
  return commitment(body, root);
}

function hiddenRuns(nodes) {
  const runs = [];
  let at = 0;
  for (const node of nodes) {
    const end = at + node.size;
    if (!node.atoms) {
      if (runs.length && runs.at(-1).end === at) runs.at(-1).end = end;
      else runs.push({ first: at, end });
    }
    at = end;
  }
  return runs;
}

/** Every hidden atom once: the publisher's spans, and runs with reason 0 that somebody else hid. */
export function gaps(body) {
  const found = [];
  let next = 0;
  for (const run of hiddenRuns(body.nodes)) {
    let at = run.first;
    for (let span = body.spans[next]; span && at <= span.first && span.end <= run.end; span = body.spans[next]) {
      if (at < span.first) found.push({ first: at, end: span.first, reason: 0 });
      found.push({ first: span.first, end: span.end, reason: span.reason });
      at = span.end;
      next += 1;
    }
    if (at < run.end) found.push({ first: at, end: run.end, reason: 0 });
  }
  if (next < body.spans.length) {
    throw new Refusal("shown-over-hidden", "A place that the publisher hid is shown.", "foreign-cut");
  }
  return found;
}

/** What is displayed, in order: units with runs of text and gaps, and gaps that hide whole units. */
export function blocks(body) {
  const layout = new Layout();
  const waiting = gaps(body);
  let [at, next] = [0, 0];
  for (const node of body.nodes) {
    if (node.atoms) node.atoms.forEach((atom, offset) => layout.add(atom, at + offset));
    at += node.size;
    if (!node.atoms) while (next < waiting.length && waiting[next].first < at) layout.hide(waiting[next++]);
  }
  return layout.finish();
}

class Layout {
  constructor() {
    this.found = [];
    this.unit = null;
    this.end = 0;
  }

  add(atom, at) {
    if (atom.kind === "U") {
      this.unit = { type: "unit", label: atom.label, runs: [] };
      this.found.push(this.unit);
      this.end = at + atom.size;
    } else if (atom.kind === "W") {
      const last = this.unit.runs.at(-1);
      if (last?.type === "text") last.text += atom.text;
      else this.unit.runs.push({ type: "text", text: atom.text });
    }
  }

  hide(gap) {
    const inside = this.unit ? Math.max(0, Math.min(gap.end, this.end) - gap.first) : 0;
    const atoms = gap.end - gap.first;
    if (inside > 0) this.unit.runs.push({ type: "gap", atoms: inside, reason: gap.reason });
    if (atoms > inside) {
      this.unit = null;
      this.found.push({ type: "gap", atoms: atoms - inside, reason: gap.reason });
    }
  }

  finish() {
    return this.found;
  }
}
