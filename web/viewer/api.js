// @ts-check
// Talks to our own API; a refusal becomes an Error that carries the server's own words.

import { served } from "./config.js";

/** A refusal of the server (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} title
   * @param {string} detail in English
   * @param {{code?: string, values?: Record<string, string | number>}} [told] by which it is said in another language
   */
  constructor(status, title, detail, { code = "", values = {} } = {}) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.code = code;
    this.values = values;
  }
}

/**
 * @param {string} path starting with "/"
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function fetchJson(path, signal) {
  return (await asked(path, { headers: { Accept: "application/json" }, signal })).json();
}

/**
 * @param {string} path starting with "/"
 * @param {unknown} body
 * @param {{signal?: AbortSignal, headers?: Record<string, string>}} [more]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function postJson(path, body, more) {
  return (await asked(path, posted(body, "application/json", more))).json();
}

/**
 * Hands the answer to the browser as a file to keep: a link can only ask, not post.
 * @param {string} path starting with "/"
 * @param {unknown} body
 * @param {string} name of the file
 * @throws {Problem}
 */
export async function postFile(path, body, name) {
  const address = URL.createObjectURL(await (await asked(path, posted(body, "*/*"))).blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * @param {unknown} body
 * @param {string} accept
 * @param {{signal?: AbortSignal, headers?: Record<string, string>}} [more]
 * @returns {RequestInit}
 */
const posted = (body, accept, { signal, headers } = {}) => ({
  method: "POST",
  headers: { Accept: accept, "Content-Type": "application/json", ...headers },
  body: JSON.stringify(body),
  signal,
});

/**
 * @param {string} path
 * @param {RequestInit} request
 */
async function asked(path, request) {
  const response = await fetch(served(path), request).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "offline", `${path}: ${error.message}`);
  });
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Problem(response.status, body.title ?? response.statusText, body.detail ?? `${path}: HTTP ${response.status}`, body);
}
