/** The seal statement: what a seal entry says of its generation (docs/formats/seal.md). */
import { FORMATS } from "./document.js";
import { refuse } from "./refusal.js";
import { exactly, hex32, integer, listOf, object, readJson, text } from "./shape.js";

const number = integer(1, 0xffffffff);
const TIME = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$/;
const STATEMENT = object({
  v: exactly("unsealed-seal/1"),
  archive: hex32,
  generation: number,
  size: number,
  root: hex32,
  formats: listOf(text),
  ledger: hex32,
  time: (value) => text(value) && TIME.test(value),
});

export function readStatement(source) {
  if (!source.startsWith('{"v":"unsealed-seal/1",')) {
    refuse("statement-version", "This is not a seal statement of a known version.");
  }
  const found = source.endsWith("\n") ? readJson(source.slice(0, -1), STATEMENT) : undefined;
  const formats = found?.formats ?? [];
  const canonical = JSON.stringify(FORMATS.filter((format) => formats.includes(format))) === JSON.stringify(formats);
  if (!found || formats.length === 0 || !canonical) {
    refuse("statement-form", "A seal statement is not in its one byte form.");
  }
  return found;
}
