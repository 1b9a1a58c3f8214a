// @ts-check
// The shapes of the network's tools: what is drawn, asked and answered. Types only: nothing here runs.

/** @typedef {"dig" | "section" | "clearance" | "risk"} ToolName */

/** @typedef {"dig" | "section"} Drawn What a person draws on the map: an outline, or a line. */

/** @typedef {[number, number]} Corner longitude and latitude, degrees */

/** @typedef {"none" | "loading" | "ready" | "error"} Status */

/** @typedef {{zh: string, en: string}} BothLanguages */

/**
 * @typedef {object} DigPipe
 * @property {number} feature_id
 * @property {string | null} key
 * @property {string} network
 * @property {boolean} abandoned
 * @property {"in_depth" | "below" | "depth_unknown" | "overhead"} relation
 * @property {boolean} by_hand
 * @property {number} distance_m from its outer wall to the edge; 0 within
 * @property {number} plan_tolerance_m
 * @property {number | null} depth_m
 * @property {number | null} one_end_depth_m of one end where the other's is not known
 * @property {number | null} depth_tolerance_m
 * @property {string | null} owner
 * @property {string | null} contact
 * @property {string | null} phone
 * @property {string | null} surveyed_on
 * @property {string | null} survey_method
 * @property {string | null} surveyed_by
 * @property {string | null} material
 * @property {string | null} material_raw as surveyed
 * @property {number | null} diameter_mm
 * @property {number} longitude
 * @property {number} latitude
 * @property {{asks_zh: string, asks_en: string}[]} zones
 */

/** @typedef {{feature_id: number, key: string | null, network: string, kind: string, appurtenance_raw: string | null, well_depth_m: number | null, depth_tolerance_m: number | null, abandoned: boolean, owner: string | null, contact: string | null, phone: string | null, surveyed_on: string | null, survey_method: string | null, surveyed_by: string | null, distance_m: number, measured_from: "cover" | "centre", plan_tolerance_m: number, longitude: number, latitude: number, ground_level_m: number | null}} DigManhole */

/** @typedef {{feature_id: number, theme: "facility" | "city_object", name: string | null, key: string | null, owner: string | null, contact: string | null, phone: string | null, distance_m: number, longitude: number, latitude: number, zones: {asks_zh: string, asks_en: string, status: string}[]}} DigRail */
/** @typedef {{name: string | null, key: string | null, ban: "banned" | "perhaps" | "free" | "unknown", ban_until: number | null, opened_m2: number}} DigRoad */

/** @typedef {{owner: string | null, network: string, contact: string | null, phone: string | null, pipes: number, by_hand: number, manholes: number}} DigOwner */

/**
 * @typedef {object} Excavation Answer of `/api/network/excavation`.
 * @property {{area_m2: number, depth_m: number, near_m: number, day: string, expires: string}} dig
 * @property {DigPipe[]} pipes
 * @property {DigManhole[]} manholes
 * @property {DigRoad[]} roads
 * @property {DigRail[]} rail
 * @property {DigOwner[]} owners
 * @property {{area_m2: number, share: number, within_m: number, networks_without_record: string[]}} unsurveyed
 * @property {BothLanguages[]} notices
 * @property {Record<string, import("./types.js").LeftOut>} left_out
 */

/**
 * @typedef {object} Dig
 * @property {Corner[]} corners of the outline, each once
 * @property {number} depth metres below the ground
 * @property {string} project
 * @property {string} applicant
 * @property {Status} status
 * @property {Excavation | null} answer
 * @property {number | null} chosen feature that is looked at
 * @property {string} error
 */

/**
 * @typedef {object} Cut A pipe that a section cuts.
 * @property {number} segment_id
 * @property {string} key
 * @property {string} network
 * @property {string | null} size
 * @property {string | null} material
 * @property {number} offset_m along the line
 * @property {number | null} depth_m ground to crown
 * @property {number | null} spacing_m clear, to the next cut
 * @property {boolean} surveyed
 */

/**
 * @typedef {object} SectionAnswer Answer of `/api/network/section`.
 * @property {number} length_m
 * @property {Corner[]} line
 * @property {Cut[]} cuts
 * @property {Record<string, import("./types.js").LeftOut>} left_out
 */

/**
 * @typedef {object} Section
 * @property {Corner[]} corners of the line
 * @property {Status} status
 * @property {SectionAnswer | null} answer
 * @property {boolean} drawing whether the drawing is open
 * @property {boolean} enlarged whether it is shown larger than its window, which then scrolls
 * @property {string} error
 */

/**
 * @typedef {object} Finding One of `/api/network/clearance`.
 * @property {number} number
 * @property {"horizontal" | "vertical" | "building" | "cover"} rule
 * @property {"violation" | "suspected"} verdict
 * @property {boolean} too_near
 * @property {number} feature_id
 * @property {string | null} key
 * @property {string | null} network
 * @property {string | null} road_name
 * @property {number | null} other_id
 * @property {string} other_kind
 * @property {string | null} other_key
 * @property {string | null} other_network
 * @property {number} measured_m
 * @property {number} required_m
 * @property {number} tolerance_m
 * @property {number | null} space_m
 * @property {string} clause
 * @property {string} confidence
 * @property {string} status
 * @property {number} longitude
 * @property {number} latitude
 * @property {number | null} level_m
 */

/** @typedef {{verdict: string, rule: string, group: string}} ClearanceFilter empty: any */

/**
 * @typedef {object} Clearance
 * @property {Status} status
 * @property {ClearanceFilter} filter
 * @property {{finished_at: string} | null} run null: nothing was judged yet
 * @property {{rule: string, verdict: string, too_near: boolean, pairs: number}[]} tally
 * @property {Finding[]} findings those of the pages asked for so far
 * @property {boolean} more whether there may be another page
 * @property {Finding | null} opened
 * @property {Record<string, import("./types.js").LeftOut>} leftOut
 * @property {string} error
 */

/** @typedef {{likelihood: number, consequence: number}} Cell classes 1–5 */

/**
 * @typedef {object} RiskMatrix
 * @property {number[]} likelihood_ends failures per 100 km and year
 * @property {number[]} consequence_ends yuan a failure
 * @property {number[][]} classes by likelihood and consequence, 1 first
 * @property {{likelihood_class: number, consequence_class: number, risk_class: number, segments: number}[]} cells
 */

/**
 * @typedef {object} RiskPipe One of `/api/network/risk`.
 * @property {number} rank
 * @property {number} rank_low
 * @property {number} rank_high
 * @property {number} segment_id
 * @property {string | null} key
 * @property {string} network
 * @property {string | null} road_name
 * @property {number | null} diameter_mm
 * @property {string} basis
 * @property {number} failures_per_100km
 * @property {number} failures_low
 * @property {number} failures_high
 * @property {number} loss_yuan a year
 * @property {number} loss_low_yuan
 * @property {number} loss_high_yuan
 * @property {number} yuan_per_failure
 * @property {number} repair_yuan
 * @property {number} supply_yuan
 * @property {number} critical_yuan
 * @property {number} road_yuan
 * @property {number} buildings_yuan
 * @property {number} companions_yuan
 * @property {number} hydraulics_yuan
 * @property {number | null} customers_cut
 * @property {number} risk_class
 * @property {{zh: string, en: string}[]} reasons
 * @property {{state: "in_force" | "candidate" | "lapsed", title_zh?: string, title_en?: string} | null} rule
 * @property {number | null} longitude
 * @property {number | null} latitude
 */

/**
 * @typedef {object} Risk
 * @property {Status} status
 * @property {string} network empty: all
 * @property {Cell | null} cell of the matrix, whose pipes alone are shown
 * @property {{finished_at: string} | null} run null: nothing was judged yet
 * @property {RiskMatrix | null} matrix
 * @property {RiskPipe[]} pipes
 * @property {boolean} whole whether these are all
 * @property {number} shown how many are listed
 * @property {RiskPipe | null} opened
 * @property {Record<string, import("./types.js").LeftOut>} leftOut
 * @property {string} error
 */

/**
 * @typedef {object} Network The tools' part of the state.
 * @property {ToolName} tool
 * @property {Drawn | null} drawing what a click on the map sets corners of
 * @property {Dig} dig
 * @property {Section} section
 * @property {Clearance} clearance
 * @property {Risk} risk
 */

export {};
