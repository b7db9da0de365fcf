/** Strict JSON: exactly these keys in this order, values of these types, written in one way. */

const HEX_32 = /^[0-9a-f]{64}$/;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A whole number from low to high. */
export const integer = (low, high) => (value) =>
  typeof value === "number" && Number.isInteger(value) && value >= low && value <= high;
export const text = (value) => typeof value === "string" && !LONE_SURROGATE.test(value);
export const hex32 = (value) => text(value) && HEX_32.test(value);
export const day = (value) => text(value) && DAY.test(value);
export const exactly = (wanted) => (value) => value === wanted;
export const maybe = (check) => (value) => value === null || check(value);
export const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
export const tuple = (...checks) => (value) =>
  Array.isArray(value) && value.length === checks.length && checks.every((check, at) => check(value[at]));
export const either = (...checks) => (value) => checks.some((check) => check(value));

/** An object with exactly the keys of `fields`, in their order. */
export function object(fields) {
  const keys = Object.keys(fields);
  return (value) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
    const found = Object.keys(value);
    return found.length === keys.length && keys.every((key, at) => found[at] === key && fields[key](value[key]));
  };
}

/** The value of a JSON text that `check` accepts and that JSON.stringify would write like this; undefined otherwise. */
export function readJson(source, check) {
  let value;
  try {
    value = JSON.parse(source);
  } catch {
    return undefined;
  }
  return check(value) && JSON.stringify(value) === source ? value : undefined;
}
