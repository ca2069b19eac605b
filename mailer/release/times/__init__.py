"""Times: when something is, as people write it. dates (days), clock (times of day), zones, embargo (all three)."""
