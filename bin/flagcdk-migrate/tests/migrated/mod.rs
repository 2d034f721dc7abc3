//! Written by the tests of flagcdk-migrate.

pub mod alarms;
pub mod api;
pub mod circle;
pub mod conditions;
pub mod containers;
pub mod custom;
pub mod database;
pub mod firewall;
pub mod functions;
pub mod lifecycle;
pub mod loops;
pub mod mappings;
pub mod minimal;
pub mod names;
pub mod nested;
pub mod network;
pub mod parameters;
pub mod policies;
pub mod queues;
pub mod search;
pub mod sections;
pub mod serverless;
pub mod shapes;
pub mod substitutions;
pub mod tables;
pub mod texts;
pub mod workflow;

/// Adds a stack to an app.
pub type AddStack = fn(&flagcdk::App) -> flagcdk::Stack;

/// The function of each module.
pub const STACKS: &[(&str, AddStack)] = &[
    ("alarms", alarms::stack),
    ("api", api::stack),
    ("circle", circle::stack),
    ("conditions", conditions::stack),
    ("containers", containers::stack),
    ("custom", custom::stack),
    ("database", database::stack),
    ("firewall", firewall::stack),
    ("functions", functions::stack),
    ("lifecycle", lifecycle::stack),
    ("loops", loops::stack),
    ("mappings", mappings::stack),
    ("minimal", minimal::stack),
    ("names", names::stack),
    ("nested", nested::stack),
    ("network", network::stack),
    ("parameters", parameters::stack),
    ("policies", policies::stack),
    ("queues", queues::stack),
    ("search", search::stack),
    ("sections", sections::stack),
    ("serverless", serverless::stack),
    ("shapes", shapes::stack),
    ("substitutions", substitutions::stack),
    ("tables", tables::stack),
    ("texts", texts::stack),
    ("workflow", workflow::stack),
];
