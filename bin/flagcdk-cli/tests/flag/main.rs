//! The flags of a system that is deployed, by the real command against somebody else's DynamoDB.

mod emulator;
mod journey;
mod refusals;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Two regions: what is written in the first is copied to the second by the test, since the emulator does not.
pub(crate) const HOME: &str = "us-east-1";
pub(crate) const AWAY: &str = "eu-west-1";

/// The command in a directory of its own, with credentials that only an emulator takes.
pub(crate) fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagcdk"));
    command
        .current_dir(directory)
        .env_clear()
        .env("NO_COLOR", "1")
        .envs([("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret-of-this-test")])
        .args(arguments)
        .args(["--set", r#"regions=["us-east-1", "eu-west-1"]"#])
        .stdin(Stdio::null());
    command
}

/// What a command wrote, and how it ended, as a transcript. Times are those of the run, and are left out.
pub(crate) fn transcript(arguments: &[&str], output: &Output) -> String {
    let quoted = |text: &&str| if text.contains([' ', '"', '{']) { format!("'{text}'") } else { (*text).to_owned() };
    let mut text = format!("$ flagcdk {}\n", arguments.iter().map(quoted).collect::<Vec<_>>().join(" "));
    for (stream, bytes) in [("", &output.stdout), ("! ", &output.stderr)] {
        // Some rules warn of writes that follow one another at once, which depends on how fast the machine is.
        let is_steady =
            |line: &&str| !line.ends_with("[change.races]") && !line.ends_with("[kill-switch.released-at-once]");
        for line in String::from_utf8_lossy(bytes).lines().filter(is_steady) {
            text.push_str(stream);
            text.push_str(&without_times(line));
            text.push('\n');
        }
    }
    let status = output.status.code().map_or("a signal".to_owned(), |code| code.to_string());
    text.push_str(&format!("= {status}\n"));
    text
}

/// A line with its points in time and its durations as words.
fn without_times(line: &str) -> String {
    let is_time = |word: &str| word.len() > 18 && word.starts_with("20") && word.ends_with('Z') && word.contains('T');
    let shown = line.split_inclusive([' ', '"']).map(|word| {
        let bare = word.trim_end_matches([' ', '"']);
        if is_time(bare) { format!("TIME{}", &word[bare.len()..]) } else { word.to_owned() }
    });
    // Columns are as wide as the times in them, which have more digits at some moments than at others.
    let mut line: String = shown.collect();
    while line.contains("TIME   ") {
        line = line.replace("TIME   ", "TIME  ");
    }
    match line.split_once(" s after it was written") {
        Some((start, rest)) => {
            let start = start.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            format!("{start}N s after it was written{rest}")
        }
        None => line,
    }
}
