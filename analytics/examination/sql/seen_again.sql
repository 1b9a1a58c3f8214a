-- Known problems that an examination found again, filled by COPY: there may be hundreds of thousands.
CREATE TEMP TABLE seen_again (
    problem_id bigint, candidate boolean, severity smallint, evidence jsonb, unit_id bigint, back boolean
) ON COMMIT DROP
