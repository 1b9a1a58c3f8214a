// @ts-check
// The shapes that cross the wire or the store. Types only: nothing here runs.

/** @typedef {"zh-CN" | "en"} Lang */

/**
 * @typedef {object} City Answer of `/api/city`.
 * @property {string} slug
 * @property {string} name_zh
 * @property {string} name_en
 * @property {boolean} synthetic made-up data: must be said on screen
 * @property {[number, number, number, number] | null} bounds west, south, east, north in degrees; null when nothing is loaded
 * @property {number} ellipsoid_offset_m city height + this = height above the ellipsoid
 * @property {[number, number] | null} height_range_m lowest and highest ground, city's datum
 * @property {string | number} data_version
 * @property {Array<string | {name: string, text: string}>} attributions
 */

/**
 * @typedef {object} StyleClass One class of a classified style.
 * @property {string | number | boolean | null} [value] the property's value, or
 * @property {number | null} [max] the class's upper end (inclusive); null for the last, open class
 * @property {string} color
 * @property {number} [width]
 * @property {number[]} [dash]
 * @property {string} [label_zh]
 * @property {string} [label_en]
 */

/**
 * @typedef {object} Style How a layer is drawn.
 * @property {"fill" | "line" | "circle"} [type]
 * @property {string} [color]
 * @property {number} [width] line width or circle radius in screen pixels
 * @property {number} [width_m] line width on the ground in metres (never thinner than a hairline)
 * @property {number} [opacity]
 * @property {string} [outline] outline colour of fills and circles
 * @property {string} [casing] darker edge of a line
 * @property {number[]} [dash]
 * @property {{property: string, classes: StyleClass[], colours?: Map<number, string>}} [by] colours: by value, where each has its own
 */

/** @typedef {{label_zh: string, label_en: string, color: string}} LegendEntry */

/**
 * @typedef {object} Layer One layer of the catalogue.
 * @property {string} name
 * @property {string} title_zh
 * @property {string} title_en
 * @property {string} group
 * @property {"tiles3d" | "vector" | "terrain"} kind
 * @property {string} url
 * @property {boolean} visible shown before the user says otherwise
 * @property {boolean} underground lies below the ground
 * @property {Style} style
 * @property {LegendEntry[]} legend
 * @property {string | null} [note_zh] what must be said with the legend
 * @property {string | null} [note_en]
 * @property {[number, number, number, number] | null} bounds
 * @property {boolean} synthetic
 * @property {string | null} [theme] theme of its features
 * @property {number} [minzoom] vector tiles above this level are empty
 * @property {number} [maxzoom] deepest level of vector tiles
 * @property {number | null} [count] features
 */

/** @typedef {{name: string, title_zh: string, title_en: string, layers: Layer[]}} Group */

/** @typedef {{visible: boolean, opacity: number}} LayerState */

/**
 * @typedef {object} Attribute
 * @property {string} name
 * @property {string} title_zh
 * @property {string} title_en
 * @property {unknown} value
 * @property {string} [value_zh] what a coded value means
 * @property {string} [value_en]
 * @property {string | null} [unit]
 * @property {number | null} [standard] of an indicator
 * @property {string} [grade_zh]
 * @property {string} [grade_en]
 */

/**
 * @typedef {object} Relation Features that this one points to, or that point to it.
 * @property {string} name
 * @property {string} title_zh
 * @property {string} title_en
 * @property {number} count
 * @property {Array<{feature_id: number, name: string | null}>} features
 */

/**
 * @typedef {object} Feature Answer of `/api/features/{id}`.
 * @property {number} feature_id
 * @property {string} theme
 * @property {string} theme_title_zh
 * @property {string} theme_title_en
 * @property {Record<string, unknown> | null} source
 * @property {Record<string, unknown> | null} load
 * @property {Attribute[]} attributes
 * @property {Attribute[]} results
 * @property {Relation[]} [related]
 * @property {[number, number] | null} [height_range_m] above the ellipsoid
 * @property {[number, number, number, number] | null} bounds
 */

/**
 * @typedef {object} Selection
 * @property {import("./panels/dock.js").Dock} dock where its panel opens
 * @property {number} seenAt CSS pixels from the window's top to what was picked, which the panel leaves free
 * @property {number} featureId
 * @property {number[]} parts features of the same theme that it is made of, painted with it
 * @property {string | null} layer
 * @property {"loading" | "ready" | "error"} status
 * @property {Feature | null} feature
 * @property {string} error
 * @property {Burst} [burst] what was asked of a segment that bursts
 * @property {TraceAsked} [trace] what was asked of the network from here
 */

/**
 * @typedef {object} Valve
 * @property {number} valve_id
 * @property {"close" | "closed" | "not_usable" | "reopen"} role
 * @property {number} order
 * @property {number | null} distance_m along the pipes from the burst
 * @property {string} key
 * @property {string | null} number
 * @property {number | null} diameter_mm
 * @property {boolean | null} operable
 * @property {string | null} chamber
 * @property {number} longitude
 * @property {number} latitude
 */

/**
 * @typedef {object} Without What has no supply.
 * @property {number[]} segments
 * @property {number} length_m
 * @property {number} volume_m3
 * @property {number} customers
 * @property {number} residents
 * @property {number} critical_facilities
 */

/** @typedef {{building_id: number | null, building: string | null, usage: string | null, customers: number, residents: number, critical: boolean, critical_kind: string | null, facilities: {feature_id: number, kind: string, name: string | null}[]}} Service */

/**
 * @typedef {object} Isolation Answer of `/api/network/isolation`.
 * @property {Valve[]} valves
 * @property {Without} isolated
 * @property {Without} beyond
 * @property {Service[]} services
 * @property {{feature_id: number, kind: string, name: string | null, distance_m: number, longitude: number, latitude: number}[]} unlinked facilities of which nobody knows what feeds them: they may be without
 * @property {{hours: number, customer_hours: number, zh: string, en: string} | null} duration
 * @property {{feature_id: number, kind: string, key: string, number: string | null, longitude: number, latitude: number}[]} fittings
 * @property {Record<string, LeftOut>} left_out
 */

/**
 * @typedef {object} Burst
 * @property {"loading" | "ready" | "error"} status
 * @property {number[]} stuck feature ids of valves that do not close
 * @property {Isolation | null} answer
 * @property {string} error
 */

/** @typedef {"upstream" | "downstream" | "connected"} TraceKind */

/** @typedef {{count: number, en: string, zh: string}} LeftOut */

/**
 * @typedef {object} Trace Answer of `/api/network/trace`.
 * @property {number[]} nodes
 * @property {number[]} segments
 * @property {number} length_m
 * @property {{connections: number, customers: number, residents: number}} served
 * @property {{node_id: number, key: string, distance_m: number | null}[]} places
 * @property {{valve_id: number}[]} valves
 * @property {Record<string, LeftOut>} left_out
 */

/**
 * @typedef {object} TraceAsked
 * @property {"loading" | "ready" | "error"} status
 * @property {TraceKind} kind
 * @property {Trace | null} answer
 * @property {string} error
 */

/** @typedef {"meets" | "near" | "short" | "not_assessable"} Grade */

/**
 * @typedef {object} Indicator As `/api/examination` tells it; texts in both languages (`title_zh`, `title_en`, …).
 * @property {string} code
 * @property {"housing" | "community" | "block" | "city"} level
 * @property {"higher" | "lower" | "band"} direction
 * @property {string} computable
 * @property {boolean} [hazard] a danger to people
 * @property {{op: string, value: number, upper: number | null, source: string, confidence: string} | null} standard
 * @property {{value: number | null, grade: Grade | null} | null} city
 * @property {Record<string, Record<Grade, number>>} levels units by level and grade
 * @property {{code: string, zh: string, en: string}[]} reasons
 */

/** @typedef {{run_id: number, year: number, system: string, system_year: number, provisional: boolean, finished_at: string}} Examined */

/** @typedef {Examined & {title_zh: string | null, title_en: string | null}} Standing An examination that can be shown. */

/** @typedef {{year: number, system: string}} ChosenRun */

/**
 * @typedef {object} Unit
 * @property {number} unit_id
 * @property {string} key
 * @property {string | null} name
 * @property {string | null} name_en
 * @property {string} level
 * @property {number | null} value
 * @property {number | null} numerator
 * @property {number | null} denominator
 * @property {number | null} missing_share
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} on_foot
 * @property {number | null} standard
 * @property {Grade} grade
 */

/**
 * @typedef {object} LedgerProblem A shortfall at its place.
 * @property {number} problem_id
 * @property {string} code
 * @property {number} feature_id
 * @property {string} key
 * @property {string} theme
 * @property {string | null} name
 * @property {string | null} name_en
 * @property {string | null} unit
 * @property {string | null} unit_en
 * @property {number} year_found
 * @property {number} year_seen
 * @property {number | null} severity
 * @property {boolean} candidate
 * @property {Record<string, unknown> | null} evidence
 * @property {string} deadline
 * @property {string | null} due_on
 * @property {string | null} responsible
 * @property {string} state
 * @property {{zh: string, en: string} | null} usual_responsible who usually solves such; null where somebody is named
 * @property {{zh: string, en: string}} advice
 * @property {{at: string, by: string, from: string, to: string, note?: string}[]} history
 * @property {[number, number] | null} place
 */

/** @typedef {{problem_id: number, feature_id: number, theme: string, candidate: boolean, place: [number, number]}} ProblemPlace */

/**
 * @typedef {object} Examination
 * @property {"none" | "loading" | "ready" | "error"} status
 * @property {Examined | null} about null: none has finished
 * @property {Standing[]} standing all that can be shown, the newest first
 * @property {ChosenRun | null} chosen which of them is asked for; null: the newest
 * @property {ChosenRun | null} gone which was asked for and does not stand any more
 * @property {Indicator[]} indicators
 * @property {string} error
 * @property {Record<string, boolean>} folded groups of the tree that are folded away
 * @property {string} wanted what the tree is searched for
 * @property {boolean} shortOnly only indicators that fall short
 * @property {string} level of the units that are shown; "places": the places alone
 * @property {string | null} opened code of the indicator that is open
 * @property {Unit[]} scope what is looked into, the largest first; none: the whole city
 * @property {Unit | null} whole the value of what is looked into
 * @property {Unit[] | null} units of that indicator and level; null while they are asked for
 * @property {number} shown how many of them are listed
 * @property {boolean} mapped whether they are on the map
 * @property {"grade" | "value"} colour what the map is coloured by
 * @property {{total: number, problems: LedgerProblem[]} | null} problems the gravest behind the number
 * @property {{total: number, places: ProblemPlace[]} | null} places where all of them are
 */

/** @typedef {{code: string, state: string, within: string}} LedgerFilter empty: any; state "active": what is unsolved */

/** @typedef {{value: string, name: string | null, name_en: string | null, count: number}} LedgerChoice */

/**
 * @typedef {object} Ledger
 * @property {boolean} on
 * @property {"loading" | "ready" | "error"} status
 * @property {string} error
 * @property {LedgerFilter} filter
 * @property {string} sort
 * @property {boolean} descending
 * @property {number} offset of the page that is shown
 * @property {number} total
 * @property {LedgerProblem[]} problems of the page
 * @property {{states: LedgerChoice[], codes: LedgerChoice[], units: LedgerChoice[]}} choices
 * @property {Record<string, string[]>} changes what each state may become
 * @property {number | null} opened problem whose row is open
 * @property {boolean} changing
 * @property {string} refused why a change was refused
 * @property {{allowed: boolean, token: boolean} | null} editing whether this server lets people change problems
 * @property {string} note that goes with the next change
 * @property {string} who makes it
 * @property {string} token that this server wants with it
 */

/** @typedef {{id: number, kind: "error" | "info", title: string, detail: string}} Toast */

/** @typedef {{longitude: number, latitude: number, height: number, heading: number, pitch: number, roll: number}} CameraView degrees and metres above the ellipsoid */

/**
 * @typedef {object} State Everything the panels draw.
 * @property {Lang} lang
 * @property {City | null} city
 * @property {Group[]} groups
 * @property {Record<string, LayerState>} layers
 * @property {"layers" | "legend" | "examination" | "network" | "none"} panel
 * @property {Record<string, boolean>} folded groups of the layer tree that are folded away
 * @property {string | null} opened layer whose opacity row is open
 * @property {Examination} examination
 * @property {Ledger} ledger
 * @property {import("./network-types.js").Network} network
 * @property {Selection | null} selection
 * @property {{on: boolean, ground: number, above: number}} underground ground and above: opacity 0–1
 * @property {{busy: boolean, started: boolean, failed: string}} loading
 * @property {Toast[]} toasts
 * @property {string} query
 * @property {boolean} help
 * @property {{longitude: number, latitude: number, height: number | null} | null} pointer below the mouse
 * @property {number} heading degrees clockwise from north
 */

export {};
