// @ts-check
// How the network's tools begin, and how one of them changes.

/** @typedef {import("./network-types.js").Network} Network */
/** @typedef {import("./store.js").Store} Store */

/** @returns {Network} */
export const initialNetwork = () => ({
  tool: "dig",
  drawing: null,
  dig: { corners: [], depth: 2, project: "", applicant: "", status: "none", answer: null, chosen: null, error: "" },
  section: { corners: [], status: "none", answer: null, drawing: false, enlarged: false, error: "" },
  clearance: {
    status: "none",
    filter: { verdict: "", rule: "", group: "" },
    run: null,
    tally: [],
    findings: [],
    more: false,
    opened: null,
    leftOut: {},
    error: "",
  },
  risk: {
    status: "none",
    network: "",
    cell: null,
    run: null,
    matrix: null,
    pipes: [],
    whole: true,
    shown: 50,
    opened: null,
    leftOut: {},
    error: "",
  },
});

/**
 * @template {"dig" | "section" | "clearance" | "risk"} Name
 * @param {Store} store
 * @param {Name} name
 * @param {Partial<Network[Name]>} change
 */
export function change(store, name, change) {
  const { network } = store.state;
  store.set({ network: { ...network, [name]: { ...network[name], ...change } } });
}
