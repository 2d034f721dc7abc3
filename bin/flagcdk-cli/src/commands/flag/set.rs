//! `flagcdk flag set`

use std::io::Read as _;
use std::path::Path;

use flag_model::Timestamp;
use flag_operator::{
    Deadline, Definition, Edit, InputError, parse_deadline, parse_percentage, parse_targeting, parse_value,
};
use flagcdk_assembly::Finding;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::args::Set;
use super::change;
use super::system::{System, now};
use crate::failure::Failure;

/// Changes a flag, or makes one.
pub(super) async fn run(system: &System, options: &Set) -> Result<u8, Failure> {
    let now = now();
    let edit = edit(options, now)?;
    let note = system.note(&options.note).await?;
    let operator = system.operator()?;
    let proposal = operator.propose(&options.flag, &edit, &note, now).await.map_err(|error| system.failure(error))?;
    change::make(system, &operator, &proposal, &options.how).await
}

/// What is to be different, or everything that is wrong with how it is said.
fn edit(options: &Set, now: Timestamp) -> Result<Edit, Failure> {
    let mut input = Input { findings: Vec::new() };
    let definition = match &options.definition {
        Some(path) => {
            let text = read(path)?;
            input.take("--definition", Some(&text), Definition::parse)
        }
        None => None,
    };
    let deadline = |text: &str| -> Result<Deadline, InputError> { parse_deadline(text, now) };
    let edit = Edit {
        definition,
        service: options.service.clone(),
        value: input.take("--value", options.value.as_deref(), parse_value),
        off_value: input.take("--off-value", options.off_value.as_deref(), parse_value),
        kind: options.kind.as_deref().map(word),
        owner: options.owner.clone(),
        contact: options.contact.clone(),
        description: options.description.clone(),
        tags: options.tags.as_ref().map(|tags| tags.iter().filter(|tag| !tag.is_empty()).cloned().collect()),
        sensitivity: options.sensitivity.as_deref().map(word),
        client_side: options.client_side,
        permanent: options.permanent,
        expires_at: input.take("--expires", options.expires.as_deref(), deadline),
        review_at: input.take("--review", options.review.as_deref(), deadline),
        targeting: input.take("--targeting", options.targeting.as_deref(), parse_targeting),
        percentage: input.take("--percentage", options.percentage.as_deref(), parse_percentage),
        kill_switch: options.kill_switch,
        delete: options.delete,
    };
    if !input.findings.is_empty() {
        return Err(Failure::Findings(input.findings));
    }
    if edit == Edit::default() {
        return Err(Failure::usage(
            "nothing is said to change",
            "say for example `--value true`, or see `flagcdk flag set --help`",
        ));
    }
    Ok(edit)
}

/// Reads texts, and keeps what is wrong with them.
struct Input {
    findings: Vec<Finding>,
}

impl Input {
    fn take<T>(
        &mut self,
        option: &str,
        text: Option<&str>,
        parse: impl Fn(&str) -> Result<T, InputError>,
    ) -> Option<T> {
        match parse(text?) {
            Ok(value) => Some(value),
            Err(InputError::Definition { problems }) => {
                let help = InputError::Definition { problems: Vec::new() }.help();
                let finding = |problem: flag_model::FieldProblem| {
                    let path = format!("{option}: {}", problem.attribute);
                    Finding::error("flag::definition", path, problem.problem, help)
                };
                self.findings.extend(problems.into_iter().map(finding));
                None
            }
            Err(error) => {
                self.findings.push(Finding::error("flag::input", option, error.to_string(), error.help()));
                None
            }
        }
    }
}

/// A word of an enum. The command line has let only those through that there are.
fn word<T: DeserializeOwned>(word: &str) -> T {
    serde_json::from_value(json!(word)).expect("the possible values are the enum's words")
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| {
        Failure::usage(format!("cannot read `{}`: {error}", path.display()), "name a file of JSON, or `-`")
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::super::FlagCommand;
    use super::*;
    use crate::args::{Args, Command};

    fn options(arguments: &[&str]) -> Set {
        let all = ["flagcdk", "flag", "set", "a"].iter().chain(arguments);
        match Args::try_parse_from(all).unwrap().command {
            Command::Flag(FlagCommand::Set(options)) => *options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_word_of_an_option_is_one_of_the_model() {
        let set = Args::command();
        let set = set.find_subcommand("flag").and_then(|flag| flag.find_subcommand("set")).unwrap();
        for name in ["kind", "sensitivity"] {
            let option = set.get_arguments().find(|argument| argument.get_id() == name).unwrap();
            for word in option.get_possible_values() {
                let text = format!("--{name}={}", word.get_name());
                assert!(edit(&options(&[&text]), now()).is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let now = "2026-03-04T05:06:07Z".parse().unwrap();
        let check = |arguments: &[&str], expected: &[&str]| {
            let got = match edit(&options(arguments), now) {
                Ok(_) => Vec::new(),
                Err(Failure::Findings(findings)) => findings.into_iter().map(|f| f.path).collect(),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(got, expected, "{arguments:?}");
        };
        check(&["--value", "-1.5", "--percentage", "5", "--expires", "30d", "--permanent=false"], &[]);
        check(
            &["--value", "blue", "--percentage", "101", "--expires", "soon", "--targeting", "{\"rolout\": 1}"],
            &["--value", "--expires", "--targeting", "--percentage"],
        );
    }
}
