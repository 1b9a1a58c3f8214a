-- Drop the views that views.sql makes, so that column types may change.
DO $$
DECLARE v record;
BEGIN
    FOR v IN SELECT table_schema, table_name FROM information_schema.views
             WHERE table_schema IN ('city', 'result', 'run')
    LOOP
        EXECUTE format('DROP VIEW IF EXISTS %I.%I CASCADE', v.table_schema, v.table_name);
    END LOOP;
END
$$
