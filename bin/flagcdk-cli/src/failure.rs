//! Why a command did not do what it was asked, and with which exit code it ends.

use std::process::ExitCode;

use flagcdk_assembly::{AssemblyError, Finding};
use flagcdk_engine::{CloudError, Outcome, Problem};

use crate::ui;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The app, its configuration or its templates are wrong; nothing was sent.
    Findings(Vec<Finding>),
    /// What was asked does not make sense; nothing was sent.
    Usage { message: String, help: String },
    /// What the command needs on this machine or in the account is not there.
    Problems(Vec<Problem>),
    /// Somebody stopped it.
    Interrupted { code: u8 },
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: help.into() }
    }

    pub(crate) fn environment(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Problems(vec![Problem {
            code: "environment".into(),
            message: message.into(),
            help: help.into(),
            severity: Outcome::Environment,
        }])
    }

    /// Shows the failure and gives the exit code of its kind.
    pub(crate) fn show(&self) -> ExitCode {
        match self {
            Self::Findings(findings) => {
                ui::findings::show(findings);
                ExitCode::from(2)
            }
            Self::Usage { message, help } => {
                ui::findings::error(message, None, help);
                ExitCode::from(2)
            }
            Self::Problems(problems) => {
                for problem in problems {
                    ui::findings::error(&problem.message, Some(&problem.code), &problem.help);
                }
                let worst = problems.iter().map(|problem| problem.severity).max();
                ExitCode::from(worst.map_or(1, Outcome::exit_code))
            }
            Self::Interrupted { code } => {
                ui::findings::error(
                    "interrupted; what was asked of the cloud goes on there",
                    None,
                    "run the same command to resume, or `flagcdk status` to look",
                );
                ExitCode::from(*code)
            }
        }
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self::Problems(vec![Problem::of(&error)])
    }
}

impl From<AssemblyError> for Failure {
    fn from(error: AssemblyError) -> Self {
        Self::environment(error.to_string(), error.help())
    }
}
