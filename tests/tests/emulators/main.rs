//! A second opinion: emulators of AWS that the project did not write, as far as they go. `cargo xtask test` installs them.
//!
//! They are more lenient than AWS and than the simulator. What is proven here is that somebody else's reading of the
//! protocols and of the templates agrees with ours.

mod ministack;
mod moto;
