/** What a check throws: the one rule that is broken (docs/formats/seal.md, log.md), in words for a reader. */
export class Refusal extends Error {
  constructor(rule, words, answer = "not-sealed") {
    super(words);
    this.rule = rule;
    this.answer = answer;
  }
}

/** Throw a Refusal. Every check of this verifier is a line that calls this. */
export function refuse(rule, words) {
  throw new Refusal(rule, words);
}
