-- Apart from the change before, so that writers wait for neither.
ALTER TABLE membership VALIDATE CONSTRAINT membership_state_known;
ALTER TABLE community VALIDATE CONSTRAINT community_join_mode_known;
ALTER TABLE community VALIDATE CONSTRAINT community_stage;
ALTER TABLE community VALIDATE CONSTRAINT community_product_strategy;
ALTER TABLE person VALIDATE CONSTRAINT person_state;
ALTER TABLE membership VALIDATE CONSTRAINT membership_journey_step;
