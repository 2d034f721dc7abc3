//! The feature-flag system as an app of its own, which `flagcdk --app` runs like anybody's.

use flagcdk::ExitCode;

fn main() -> ExitCode {
    flagcdk::main(flagcdk_stacks::app)
}
