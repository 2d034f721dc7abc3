//! The door: requests come in over HTTP on loopback.

mod body;
mod front;
mod server;

pub(crate) use front::Shared;
pub(crate) use server::{Server, listen};
