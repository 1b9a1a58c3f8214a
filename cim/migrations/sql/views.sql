-- Views, row policies and grants of every theme table. Run after each migration: views name their columns when
-- they are made, so a new column needs them made anew.

CREATE OR REPLACE FUNCTION run.clearance() RETURNS smallint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(nullif(current_setting('cim.clearance', true), ''), '0')::smallint $$;
COMMENT ON FUNCTION run.clearance() IS 'Clearance of the viewer of this transaction: 0 open, 1 internal, 2 restricted';

CREATE OR REPLACE FUNCTION run.shape_theme(theme text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('DROP VIEW IF EXISTS city.%I', theme || '_current');
    EXECUTE format('DROP VIEW IF EXISTS city.%I', theme || '_history');
    EXECUTE format(
        'CREATE VIEW city.%I WITH (security_invoker = true) AS
         SELECT t.* FROM city.%I t
         WHERE t.closed_by IS NULL
           AND t.load_id IN (SELECT l.load_id FROM run.load l WHERE l.published_at IS NOT NULL)',
        theme || '_current', theme);
    EXECUTE format(
        'CREATE VIEW city.%I WITH (security_invoker = true) AS
         SELECT t.*, opened.published_at AS recorded_from, closing.published_at AS recorded_to
         FROM city.%I t
         JOIN run.load opened ON opened.load_id = t.load_id AND opened.published_at IS NOT NULL
         LEFT JOIN run.load closing ON closing.load_id = t.closed_by',
        theme || '_history', theme);
    EXECUTE format('COMMENT ON VIEW city.%I IS %L', theme || '_current', 'Current versions of ' || theme);
    EXECUTE format('COMMENT ON VIEW city.%I IS %L', theme || '_history',
                   'All versions of ' || theme || ' that were ever shown, with the times when they were');
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION city.%I(recorded timestamptz, holds date DEFAULT NULL) RETURNS SETOF city.%I
         LANGUAGE sql STABLE PARALLEL SAFE AS $body$
         SELECT t.* FROM city.%I t
         JOIN run.load opened ON opened.load_id = t.load_id AND opened.published_at <= recorded
         LEFT JOIN run.load closing ON closing.load_id = t.closed_by
         WHERE (closing.published_at IS NULL OR closing.published_at > recorded)
           AND (holds IS NULL OR (coalesce(t.valid_from <= holds, true) AND coalesce(t.valid_to > holds, true)))
         $body$',
        theme || '_as_of', theme, theme);
    EXECUTE format('COMMENT ON FUNCTION city.%I(timestamptz, date) IS %L', theme || '_as_of',
                   'Versions of ' || theme || ' that were shown at a time; with a date, only those that held in the '
                   'world on it');
    EXECUTE format('ALTER TABLE city.%I ENABLE ROW LEVEL SECURITY', theme);
    EXECUTE format('DROP POLICY IF EXISTS by_clearance ON city.%I', theme);
    -- A sub-select is evaluated once for the query, not once for each row.
    EXECUTE format('CREATE POLICY by_clearance ON city.%I FOR SELECT USING (classification <= (SELECT run.clearance()))',
                   theme);
END
$$;

SELECT run.shape_theme(table_name::text)
FROM information_schema.columns
WHERE table_schema = 'city' AND column_name = 'content_hash'
  AND table_name NOT LIKE '%\_current' AND table_name NOT LIKE '%\_history'
ORDER BY table_name;

-- Levels of detail are as visible as the version they belong to.
DO $$
DECLARE detail record;
BEGIN
    FOR detail IN SELECT * FROM (VALUES ('building_lod', 'building'), ('city_object_lod', 'city_object')) AS d(name, theme)
    LOOP
        EXECUTE format('ALTER TABLE city.%I ENABLE ROW LEVEL SECURITY', detail.name);
        EXECUTE format('DROP POLICY IF EXISTS by_clearance ON city.%I', detail.name);
        EXECUTE format(
            'CREATE POLICY by_clearance ON city.%I FOR SELECT
             USING (EXISTS (SELECT FROM city.%I v WHERE v.version_id = %I.version_id))',
            detail.name, detail.theme, detail.name);
    END LOOP;
END
$$;

-- Tiles are as visible as what their builder saw.
DO $$
DECLARE tiles text;
BEGIN
    FOREACH tiles IN ARRAY ARRAY['tile3d', 'terrain_tile']
    LOOP
        EXECUTE format('ALTER TABLE layer.%I ENABLE ROW LEVEL SECURITY', tiles);
        EXECUTE format('DROP POLICY IF EXISTS by_clearance ON layer.%I', tiles);
        EXECUTE format('CREATE POLICY by_clearance ON layer.%I FOR SELECT USING (classification <= (SELECT run.clearance()))',
                       tiles);
    END LOOP;
END
$$;

-- Analyses, and what they found, are as visible as what they may have read.
DO $$
DECLARE finding text;
BEGIN
    ALTER TABLE run.analysis ENABLE ROW LEVEL SECURITY;
    DROP POLICY IF EXISTS by_clearance ON run.analysis;
    CREATE POLICY by_clearance ON run.analysis FOR SELECT USING (classification <= (SELECT run.clearance()));
    FOR finding IN SELECT table_name FROM information_schema.tables
                   WHERE table_schema = 'result' AND table_type = 'BASE TABLE'
    LOOP
        EXECUTE format('ALTER TABLE result.%I ENABLE ROW LEVEL SECURITY', finding);
        EXECUTE format('DROP POLICY IF EXISTS by_clearance ON result.%I', finding);
        EXECUTE format('CREATE POLICY by_clearance ON result.%I FOR SELECT
                        USING (run_id IN (SELECT run_id FROM run.analysis))', finding);
    END LOOP;
END
$$;

-- Newest finished run of each kind, subject and system of indicators: what layers and panels show. A city's own changes
-- to a system (national-2024+mycity) are of that system.
CREATE OR REPLACE VIEW run.analysis_latest WITH (security_invoker = true) AS
SELECT DISTINCT ON (kind, subject, split_part(coalesce(parameters ->> 'system', ''), '+', 1)) *
FROM run.analysis WHERE status = 'done'
ORDER BY kind, subject, split_part(coalesce(parameters ->> 'system', ''), '+', 1), run_id DESC;
COMMENT ON VIEW run.analysis_latest IS 'Newest finished run of each kind and subject, for examinations of each system';

DO $$
DECLARE finding text;
BEGIN
    FOR finding IN SELECT table_name FROM information_schema.tables
                   WHERE table_schema = 'result' AND table_type = 'BASE TABLE'
    LOOP
        EXECUTE format('DROP VIEW IF EXISTS result.%I', finding || '_latest');
        EXECUTE format(
            'CREATE VIEW result.%I WITH (security_invoker = true) AS
             SELECT f.* FROM result.%I f WHERE f.run_id IN (SELECT run_id FROM run.analysis_latest)',
            finding || '_latest', finding);
    END LOOP;
END
$$;

-- Which building and node each customer belongs to, and how that is known: the register says it, a service connection
-- of the same network has the account, the place lies in a building, or within 30 m of one. Null: not linked.
CREATE OR REPLACE VIEW city.customer_link WITH (security_invoker = true) AS
SELECT c.feature_id AS customer_id, c.network, c.sensitive,
       coalesce(c.node_id, service.node_id) AS node_id,
       coalesce(c.building_id, service.building_id, near.building_id) AS building_id,
       CASE WHEN c.node_id IS NOT NULL OR c.building_id IS NOT NULL THEN 'register'
            WHEN service.node_id IS NOT NULL OR service.building_id IS NOT NULL THEN 'service_connection'
            WHEN near.distance_m = 0 THEN 'inside'
            WHEN near.distance_m > 0 THEN 'nearest' END AS linked_by,
       CASE WHEN coalesce(c.node_id, c.building_id, service.node_id, service.building_id) IS NULL
            THEN near.distance_m END AS distance_m
FROM city.customer_current c
LEFT JOIN LATERAL (
    SELECT s.node_id, s.building_id
    FROM city.service_connection_current s
    WHERE s.network = c.network AND s.account = c.account_no AND c.node_id IS NULL AND c.building_id IS NULL
    ORDER BY s.feature_id LIMIT 1
) service ON true
LEFT JOIN LATERAL (
    SELECT b.feature_id AS building_id, ST_Distance(b.geom, c.geom) AS distance_m
    FROM city.building_current b
    WHERE c.node_id IS NULL AND c.building_id IS NULL AND ST_DWithin(b.geom, c.geom, 30) AND b.parent_id IS NULL
    ORDER BY b.geom <-> c.geom, b.feature_id LIMIT 1
) near ON true;
COMMENT ON VIEW city.customer_link IS 'Building and node of each customer, and how they are known';

-- The one way in which a person changes a problem: what it is, who solves it, by when. It appends to the history, writes
-- the audit row and never closes: only an examination has looked. False: it is in another state, or not shown to them.
CREATE OR REPLACE FUNCTION result.change_problem(
    problem bigint, was text, becomes text, who text, note text, solves text, due date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account text := coalesce(nullif(current_setting('cim.viewer', true), ''), session_user);
    person text := account || coalesce(': ' || nullif(who, ''), '');
BEGIN
    IF becomes = 'closed' AND was <> 'closed' THEN
        RAISE EXCEPTION 'only an examination closes a problem' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF char_length(note) > 2000 OR char_length(solves) > 200 OR char_length(who) > 100 THEN
        RAISE EXCEPTION 'a note has at most 2000 characters, a name 200' USING ERRCODE = 'string_data_right_truncation';
    END IF;
    UPDATE result.problem p SET
        state = becomes, responsible = coalesce(solves, p.responsible), due_on = coalesce(due, p.due_on),
        history = p.history || jsonb_strip_nulls(jsonb_build_object(
            'at', now(), 'by', person, 'from', p.state, 'to', becomes, 'note', nullif(note, ''),
            'responsible', solves, 'due_on', due)),
        changed_at = now()
    WHERE p.problem_id = problem AND p.state = was
      AND EXISTS (SELECT FROM run.analysis a WHERE a.run_id = p.run_id AND a.classification <= run.clearance());
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO run.audit (viewer, action, subject, details) VALUES (account, 'problem', 'problem ' || problem,
        jsonb_strip_nulls(jsonb_build_object('problem_id', problem, 'from', was, 'state', becomes, 'who', nullif(who, ''),
                                             'note', nullif(note, ''), 'responsible', solves, 'due_on', due)));
    RETURN true;
END
$$;
COMMENT ON FUNCTION result.change_problem(bigint, text, text, text, text, text, date) IS
    'Changes the state of a problem for a person, with its history and an audit row; never to closed';
REVOKE ALL ON FUNCTION result.change_problem(bigint, text, text, text, text, text, date) FROM PUBLIC;

-- The web reads; it owns nothing, and writes nothing but what that function writes.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'cim_web') THEN
        GRANT USAGE ON SCHEMA city, run, result, layer TO cim_web;
        GRANT SELECT ON ALL TABLES IN SCHEMA city, run, result, layer TO cim_web;
        -- Refused records stand there as they were handed over, whatever their classification would have been.
        REVOKE ALL ON run.audit, run.reject, run.lookup FROM cim_web;
        GRANT EXECUTE ON FUNCTION result.change_problem(bigint, text, text, text, text, text, date) TO cim_web;
    END IF;
END
$$;
