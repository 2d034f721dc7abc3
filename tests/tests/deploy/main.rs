//! Deploys of a small app against the simulator, through the real SDK: the whole road from the assembly to twelve regions.

mod app;
mod cut;
mod laboratory;

mod faults;
mod life;
mod resume;
