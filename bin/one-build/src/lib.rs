//! Nothing but dependencies: the command, the functions and the tests depend on it, so that whatever they share is compiled
//! once, with one set of features. `Cargo.toml` has all there is to read.
