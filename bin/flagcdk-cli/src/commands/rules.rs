//! `flagcdk rules`: the business rules, without anything that is deployed.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use flag_model::Flag;
use flag_operator::{InputError, flag_from_json};
use flag_rules::{Change, Place, RuleProblems, RuleSet, Rulebook, Severity};
use flagcdk_assembly::Finding;
use serde_json::json;

use super::flag::now;
use crate::args::Global;
use crate::failure::Failure;
use crate::{app, ui};

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Check a directory of rules that lies over the shipped ones, and prove each rule by its examples
    Check(Check),
    /// Say what the rules have against a flag, or against a change of one
    Test(Test),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// The directory, whose `*.yaml` files add rules, replace them and switch them off
    directory: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// The flag, as `flag get --json` prints it; its `change` says who made it and why
    flag: PathBuf,
    /// The flag as it was before [default: there was none]
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// A directory of rules that lies over the shipped ones
    #[arg(long, value_name = "DIRECTORY")]
    rules: Option<PathBuf>,
}

/// Runs one of the commands.
pub(crate) fn run(global: &Global, command: &RulesCommand) -> Result<u8, Failure> {
    match command {
        RulesCommand::Check(options) => check(global, options),
        RulesCommand::Test(options) => test(global, options),
    }
}

/// Checks a directory of rules. Exits with 2 if something is wrong with it.
fn check(global: &Global, options: &Check) -> Result<u8, Failure> {
    let book = Rulebook::embedded().with_directory(&options.directory).map_err(wrong)?;
    let rules = book.prove().map_err(wrong)?;
    let differences = [("added", book.added()), ("replaced", book.replaced()), ("off", book.disabled())];
    if global.json {
        let mut document = json!({ "rules": rules.len() });
        for (name, ids) in differences {
            document[name] = json!(ids);
        }
        ui::data(serde_json::to_string_pretty(&document).expect("ids are plain data"));
    } else {
        for (name, ids) in differences {
            for id in ids {
                ui::data(format!("{name:<8}  {id}"));
            }
        }
    }
    ui::say(format!("{} checked, each by its examples", ui::plan::count(rules.len(), "rule")));
    Ok(0)
}

fn wrong(problems: RuleProblems) -> Failure {
    Failure::usage(problems.to_string(), problems.help())
}

/// Checks a change. Exits with 2 if the rules forbid it.
fn test(global: &Global, options: &Test) -> Result<u8, Failure> {
    let config = app::flag_system(global)?;
    let before = options.before.as_deref().map(read).transpose()?;
    let flag = read(&options.flag)?;
    // What was never written is written now.
    let flag = Flag { written_at: flag.written_at.or_else(|| Some(now())), ..flag };
    let rules = match &options.rules {
        Some(directory) => {
            Rulebook::embedded().with_directory(directory).and_then(|book| book.compile()).map_err(wrong)?
        }
        // They are proved by tests, so that this is a build that nobody has tested.
        None => RuleSet::embedded()
            .map_err(|problems| Failure::environment(problems.to_string(), "run a build whose tests have passed"))?,
    };
    let home_region = config.home_region.to_string();
    let place = Place { environment: config.environment, region: home_region.clone(), home_region };
    let verdict = rules.check(Change { old: before.as_ref(), new: Some(&flag) }, &place);
    let path = flag.id.as_str();
    let finding = |found: &flag_rules::Finding| match found.severity {
        Severity::Error => Finding::error(&found.rule, path, &found.message, ""),
        Severity::Warning => Finding::warning(&found.rule, path, &found.message, ""),
    };
    let findings: Vec<_> = verdict.findings.iter().map(finding).collect();
    if global.json {
        let findings: Vec<_> = verdict
            .findings
            .iter()
            .map(|found| json!({ "rule": found.rule, "severity": found.severity, "message": found.message }))
            .collect();
        ui::data(serde_json::to_string_pretty(&findings).expect("findings are plain data"));
    }
    if verdict.is_rejected() {
        return Err(Failure::Findings(findings));
    }
    ui::findings::show(&findings);
    ui::say(format!(
        "{} of {} have nothing against it",
        rules.len() - findings.len(),
        ui::plan::count(rules.len(), "rule")
    ));
    Ok(0)
}

fn read(path: &Path) -> Result<Flag, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", path.display()), "name a file of JSON"))?;
    flag_from_json(&text).map_err(|error| {
        let help = error.help();
        let finding = |path: String, message: String| Finding::error("flag::definition", path, message, help);
        Failure::Findings(match error {
            InputError::Definition { problems } => problems
                .into_iter()
                .map(|problem| finding(format!("{}: {}", path.display(), problem.attribute), problem.problem))
                .collect(),
            other => vec![finding(path.display().to_string(), other.to_string())],
        })
    })
}
