// @ts-check
// Talks to our own API; a refusal becomes an Error that carries the server's own words.

import { served } from "./config.js";

/** A refusal of the server (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} title
   * @param {string} detail
   */
  constructor(status, title, detail) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
  }
}

/**
 * @param {string} path starting with "/"
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function fetchJson(path, signal) {
  const response = await fetch(served(path), { headers: { Accept: "application/json" }, signal }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "offline", `${path}: ${error.message}`);
  });
  if (response.ok) return response.json();
  const body = await response.json().catch(() => ({}));
  throw new Problem(response.status, body.title ?? response.statusText, body.detail ?? `${path}: HTTP ${response.status}`);
}
