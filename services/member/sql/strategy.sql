-- Strategies: the items that a community made its own. What its type brings is in strategy.c.

-- name: strategy_own   in: member.GetStrategyRequest   out: member.Strategy.items
SELECT kind, enabled, text, note, true AS own FROM strategy_item WHERE community_id = :community_id ORDER BY kind;

-- name: strategy_update   in: member.UpdateStrategyRequest   out: none
INSERT INTO strategy_item (community_id, kind, enabled, text, note)
SELECT :community_id, kind, enabled, text, note
FROM unnest(:items.kind::text[], :items.enabled::boolean[], :items.text::text[], :items.note::text[])
	AS item (kind, enabled, text, note)
ON CONFLICT (community_id, kind) DO UPDATE
SET enabled = EXCLUDED.enabled, text = EXCLUDED.text, note = EXCLUDED.note;

-- name: strategy_reset   in: member.ResetStrategyRequest   out: none
DELETE FROM strategy_item
WHERE community_id = :community_id AND (cardinality(:kinds::text[]) = 0 OR kind = ANY (:kinds::text[]));
