//! Nouns of intent: constructs that are made of many resources and have few knobs.
