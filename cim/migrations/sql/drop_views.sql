-- Drop the views and functions that views.sql makes of tables, so that column types may change and tables may go.
DO $$
DECLARE v record;
BEGIN
    FOR v IN SELECT table_schema, table_name FROM information_schema.views
             WHERE table_schema IN ('city', 'result', 'run')
    LOOP
        EXECUTE format('DROP VIEW IF EXISTS %I.%I CASCADE', v.table_schema, v.table_name);
    END LOOP;
    FOR v IN SELECT p.oid::regprocedure AS name FROM pg_proc p
             WHERE p.pronamespace = 'city'::regnamespace AND p.proname LIKE '%\_as\_of'
    LOOP
        EXECUTE format('DROP FUNCTION %s', v.name);
    END LOOP;
END
$$
