//! One command, one file, one function from plain values to an exit code.

pub(crate) mod bootstrap;
pub(crate) mod deploy;
pub(crate) mod destroy;
pub(crate) mod diff;
pub(crate) mod flag;
pub(crate) mod init;
pub(crate) mod list;
pub(crate) mod migrate;
pub(crate) mod rules;
pub(crate) mod status;
pub(crate) mod synth;
pub(crate) mod validate;
