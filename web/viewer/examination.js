// @ts-check
// The newest examination: from the city's figure down to smaller units and to the places behind it.

import { fetchJson } from "./api.js";
import { activeStates } from "./ledger.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Indicator} Indicator */
/** @typedef {import("./types.js").Unit} Unit */
/** @typedef {import("./types.js").Examination} Examination */

/** The largest first. */
const UNIT_LEVELS = ["city", "district", "subdistrict", "block", "community", "compound"];
/** Levels at which units are most often compared: the first that an indicator has is shown. */
const USUAL = ["community", "block", "subdistrict", "district", "city"];
/** What is looked at inside a unit: blocks and communities cut the city differently. */
const INSIDE = ["district", "subdistrict", "community", "compound"];
/** As many units as a map can tell apart. */
const MOST_UNITS = 5000;
const FIRST_PLACES = 12;

const PREFIX = "examination-";

/** Whether a layer of the catalogue shows an indicator: the viewer draws those itself, at any level. @param {string} name */
export const isIndicatorLayer = (name) => name.startsWith(PREFIX);

/** @returns {Examination} */
export const nothingExamined = () => ({
  status: "none", about: null, standing: [], chosen: null, gone: null, indicators: [], error: "",
  folded: {}, wanted: "", shortOnly: false,
  level: "community", opened: null, scope: [], whole: null, units: null, shown: 0,
  mapped: true, colour: "grade", problems: null, places: null,
});

/** @param {Examination} examination */
export const openedIndicator = ({ indicators, opened }) => indicators.find(({ code }) => code === opened) ?? null;

/** Levels that an indicator is told for, the largest first. @param {Indicator} each */
export const toldLevels = (each) => UNIT_LEVELS.filter((level) => level in each.levels);

/** The next smaller level inside a unit; none: the places follow. @param {Indicator} each @param {Unit} unit */
function levelInside(each, { level }) {
  const rank = UNIT_LEVELS.indexOf(level);
  return INSIDE.find((name) => name in each.levels && UNIT_LEVELS.indexOf(name) > rank) ?? null;
}

/** @param {Record<string, string>} values */
const asQuery = (values) => (Object.keys(values).length ? `?${new URLSearchParams(values)}` : "");

export class Examiner {
  /**
   * @param {Store} store
   * @param {(error: unknown) => string} explained
   * @param {(featureId: number) => Promise<void>} fly
   */
  constructor(store, explained, fly) {
    this.store = store;
    this.explained = explained;
    this.fly = fly;
    /** Counts what was asked: the last asked counts, not the last found. */
    this.asks = 0;
    /** Counts examinations asked for. */
    this.reads = 0;
    /** @type {Promise<void>} the last of them */
    this.reading = Promise.resolve();
  }

  get state() {
    return this.store.state.examination;
  }

  /** @param {Partial<Examination>} change */
  set(change) {
    this.store.set({ examination: { ...this.state, ...change } });
  }

  async ask() {
    if (this.state.status === "ready") return;
    if (this.state.status !== "loading") this.reading = this.read();
    await this.reading;
  }

  async read() {
    const turn = ++this.reads;
    const { chosen } = this.state;
    this.set({ status: "loading", error: "" });
    try {
      const { examination: about, indicators, standing = [] } = await fetchJson(`/api/examination${asQuery(this.ofRun())}`);
      if (turn !== this.reads) return;
      if (about || !chosen) this.set({ status: "ready", about, indicators, standing });
      else {
        // What a link names may have been examined anew since, or never here.
        this.set({ chosen: null, gone: chosen });
        await (this.reading = this.read());
      }
    } catch (error) {
      if (turn === this.reads) this.set({ status: "error", error: this.explained(error) });
    }
  }

  /**
   * Shows another examination, with the same indicator where it has that.
   * @param {import("./types.js").ChosenRun | null} chosen null: the newest
   */
  async choose(chosen) {
    const { opened, level, colour } = this.state;
    this.asks += 1;
    // The page stays meanwhile: whoever chose by keyboard keeps the place.
    this.set({ chosen, gone: null, scope: [], whole: null, units: null, problems: null, places: null });
    await (this.reading = this.read());
    if (!opened || this.state.status !== "ready") return;
    if (openedIndicator(this.state)) await this.open(opened, { level, colour });
    else this.close();
  }

  /** Year and system of the examination that was chosen. @returns {Record<string, string>} */
  ofRun() {
    const { chosen } = this.state;
    return chosen ? { year: String(chosen.year), system: chosen.system } : {};
  }

  /**
   * Opens an indicator that a link names, of the examination that it names, else of the newest.
   * @param {string} code
   * @param {{level?: string, colour?: Examination["colour"], run?: import("./types.js").ChosenRun}} shared
   */
  async openShared(code, { run, ...shown }) {
    const { chosen } = this.state;
    if (run?.year !== chosen?.year || run?.system !== chosen?.system) {
      this.close();
      await this.choose(run ?? null);
    }
    await this.open(code, shown);
  }

  /**
   * Opens an indicator for the whole city.
   * @param {string} code
   * @param {{level?: string, colour?: Examination["colour"]}} [wanted]
   */
  async open(code, { level = this.state.level, colour = this.state.colour } = {}) {
    await this.ask();
    const each = this.state.indicators.find((one) => one.code === code);
    if (!each) return;
    const told = level in each.levels ? level : (USUAL.find((name) => name in each.levels) ?? toldLevels(each)[0]);
    this.set({ opened: code, scope: [], level: told, colour, mapped: true });
    await this.load();
  }

  /** Back to all indicators. */
  close() {
    this.asks += 1;
    this.set({ opened: null, scope: [], whole: null, units: null, problems: null, places: null, error: "" });
  }

  /** @param {string} level */
  async chooseLevel(level) {
    this.set({ level });
    await this.load();
  }

  /**
   * Looks into a unit: at the smaller ones in it, or else at the places.
   * @param {Unit} unit
   */
  async drill(unit) {
    const each = openedIndicator(this.state);
    if (!each) return;
    this.set({ scope: [...this.state.scope, unit], level: levelInside(each, unit) ?? "places" });
    await Promise.all([this.load(), this.fly(unit.unit_id)]);
  }

  /**
   * Back up to a unit that was looked into; 0: the whole city.
   * @param {number} depth
   */
  async rise(depth) {
    const each = openedIndicator(this.state);
    if (!each) return;
    const scope = this.state.scope.slice(0, depth);
    const level = depth ? levelInside(each, scope[depth - 1]) : USUAL.find((name) => name in each.levels);
    this.set({ scope, level: level ?? "places" });
    await this.load();
  }

  async load() {
    const turn = ++this.asks;
    this.set({ units: null, problems: null, places: null, shown: 40, error: "" });
    try {
      const [units, whole, problems, places] = await Promise.all([this.units(), this.whole(), this.problems(), this.places()]);
      if (turn === this.asks) this.set({ units, whole, problems, places });
    } catch (error) {
      if (turn === this.asks) this.set({ error: this.explained(error) });
    }
  }

  /** Units of the chosen level within what is looked into. @returns {Promise<Unit[]>} */
  async units() {
    const { opened, level } = this.state;
    if (level === "places") return [];
    const query = new URLSearchParams({ level, limit: String(MOST_UNITS), ...this.ofRun(), ...this.within() });
    return (await fetchJson(`/api/examination/${opened}?${query}`)).units;
  }

  /** What is looked into, as a whole. @returns {Promise<Unit | null>} */
  async whole() {
    const { opened, scope } = this.state;
    if (scope.length) return scope[scope.length - 1];
    const each = openedIndicator(this.state);
    if (!each || !("city" in each.levels)) return null;
    const query = new URLSearchParams({ level: "city", limit: "1", ...this.ofRun() });
    return (await fetchJson(`/api/examination/${opened}?${query}`)).units[0] ?? null;
  }

  /** The gravest problems behind the number. */
  problems() {
    const query = this.ofIndicator();
    query.set("limit", String(FIRST_PLACES));
    return fetchJson(`/api/examination/problems?${query}`);
  }

  /** Where all of them are. */
  places() {
    return fetchJson(`/api/examination/problems/places?${this.ofIndicator()}`);
  }

  /** @returns {URLSearchParams} */
  ofIndicator() {
    const query = new URLSearchParams({ code: this.state.opened ?? "", ...this.within() });
    for (const state of activeStates) query.append("state", state);
    return query;
  }

  /** @returns {Record<string, string>} */
  within() {
    const last = this.state.scope[this.state.scope.length - 1];
    return last ? { within: String(last.unit_id) } : {};
  }
}
