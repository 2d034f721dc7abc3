//! `flagcdk rules`: the business rules, without anything that is deployed.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use flag_model::Flag;
use flag_operator::{InputError, flag_from_json};
use flag_rules::{Change, Place, RuleSet, Severity};
use flagcdk_assembly::Finding;
use serde_json::json;

use super::flag::now;
use crate::args::Global;
use crate::failure::Failure;
use crate::{app, ui};

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Say what the rules have against a flag, or against a change of one
    Test(Test),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// The flag, as `flag get --json` prints it; its `change` says who made it and why
    flag: PathBuf,
    /// The flag as it was before [default: there was none]
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
}

/// Runs one of the commands.
pub(crate) fn run(global: &Global, command: &RulesCommand) -> Result<u8, Failure> {
    match command {
        RulesCommand::Test(options) => test(global, options),
    }
}

/// Checks a change. Exits with 2 if the rules forbid it.
fn test(global: &Global, options: &Test) -> Result<u8, Failure> {
    let config = app::flag_system(global)?;
    let before = options.before.as_deref().map(read).transpose()?;
    let flag = read(&options.flag)?;
    // What was never written is written now.
    let flag = Flag { written_at: flag.written_at.or_else(|| Some(now())), ..flag };
    let rules = RuleSet::embedded()
        .map_err(|problems| Failure::environment(problems.to_string(), "run a build whose tests have passed"))?;
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
