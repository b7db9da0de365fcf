/**
 * Stands in for Ed25519 in the script of document pages. A page never has a policy of the reader's own, so it never
 * checks a signature; should the verifier ask for one all the same, it must fail, not pass.
 */
export const ed25519 = {
  verify() {
    throw new Error("a page checks no signatures");
  },
};
