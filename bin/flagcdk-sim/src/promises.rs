//! What the simulator promises, each with a test that bears its name.

mod keeping;
mod lab;
mod stack_sets;
mod stacks;
mod tables;
