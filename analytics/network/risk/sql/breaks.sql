-- Breaks on record; a break is as restricted as it says itself.
SELECT b.segment_id, extract(year FROM b.broke_on)::float8 + (extract(doy FROM b.broke_on)::float8 - 0.5) / 365.25 AS broke
FROM city.pipe_break_current b
WHERE b.classification <= run.clearance() AND b.segment_id IS NOT NULL
ORDER BY b.segment_id, 2
