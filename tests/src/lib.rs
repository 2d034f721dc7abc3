//! What crosses crates: the shipped app against judges that others wrote, deploys against the simulator, and the command
//! as people run it. The tests themselves are in `tests/`.
