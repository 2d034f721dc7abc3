//! Settings and environments: what `flagcdk.toml`, `--env` and `--set` say, read with types, all mistakes at once.

use flagcdk::sqs::{Queue, QueueProps};
use flagcdk::{App, ExitCode, Finding, Placement, Region, RemovalPolicy, Settings};

pub(crate) fn app(settings: &Settings) -> Result<App, Vec<Finding>> {
    let mut reader = settings.reader();
    let environment = reader.text("environment").unwrap_or_else(|| "dev".to_owned());
    let days = reader.integer("retention_days").unwrap_or(4);
    let tags = reader.text_table("tags");
    if !(1..=14).contains(&days) {
        let message = format!("messages are kept for 1 to 14 days, got {days}");
        reader.error("shop::retention-days", "retention_days", message, "give a number from 1 to 14");
    }
    let findings = reader.finish();
    if !findings.is_empty() {
        return Err(findings);
    }

    // Two environments are two apps with two names: nothing of one is ever in the way of the other.
    let mut app = App::new(format!("{environment}-shop"), Region::EU_WEST_1);
    for (key, value) in tags {
        app = app.tag(key, value);
    }
    let stack = app.stack("Orders", Placement::Home);
    let removal = if environment == "prod" { RemovalPolicy::Retain } else { RemovalPolicy::Destroy };
    let days = u32::try_from(days).expect("it was checked to be from 1 to 14");
    Queue::new(&stack, "Incoming", QueueProps::builder().retention_days(days).removal(removal).build());
    Ok(app)
}

fn main() -> ExitCode {
    flagcdk::main(app)
}
