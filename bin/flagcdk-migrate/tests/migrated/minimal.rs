//! Written by `flagcdk migrate` from `minimal.json`.

use flagcdk::{App, Placement, Stack, cfn};

/// The stack `Stack`.
pub fn stack(app: &App) -> Stack {
    let stack = app.stack("Stack", Placement::Home);

    stack.add("Topic", cfn::sns::Topic::new());

    stack
}
