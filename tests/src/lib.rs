//! What crosses crates: emulators that the project did not write, the app's templates deployed to one of them, and the local
//! run of the whole system.
//!
//! Whatever goes wrong with a part that is started here is a panic with a sentence: there is nobody to hand an error to but
//! whoever runs it.
// The futures of the SDK lie deep within one another.
#![recursion_limit = "256"]
#![deny(missing_docs)]

pub mod emulator;
pub mod local_run;
pub mod ministack;
