-- How much a layer shows, where it lies (web mercator), and which of its classes occur.
SELECT {class} AS class,
       count(*) AS count,
       ST_XMin(ST_Extent({mercator})) AS west,
       ST_YMin(ST_Extent({mercator})) AS south,
       ST_XMax(ST_Extent({mercator})) AS east,
       ST_YMax(ST_Extent({mercator})) AS north
FROM {rows}
WHERE {condition} AND t.geom IS NOT NULL
GROUP BY 1
