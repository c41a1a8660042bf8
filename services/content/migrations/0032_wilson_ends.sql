-- The interval of none begins at 0 and that of all ends at 1, exactly: the terms of 0003 cancel out there but for the last
-- digit.
CREATE OR REPLACE FUNCTION wilson(k bigint, n bigint) RETURNS double precision[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN n <= 0 THEN ARRAY[0, 0]::double precision[] ELSE ARRAY[
		CASE WHEN k <= 0 THEN 0 ELSE (p + z2 / (2 * n) - spread) / (1 + z2 / n) END,
		CASE WHEN k >= n THEN 1 ELSE (p + z2 / (2 * n) + spread) / (1 + z2 / n) END]
		END
	FROM (SELECT p, z2, sqrt(z2 * (p * (1 - p) / NULLIF(n, 0) + z2 / (4.0 * NULLIF(n, 0) * n))) AS spread
		FROM (SELECT k::double precision / NULLIF(n, 0) AS p, 1.959963984540054 ^ 2 AS z2) AS share) AS terms
$$;
