"""A simulated year of a caseload: what a policy means for the people who must read its escalations. No Kafka."""
