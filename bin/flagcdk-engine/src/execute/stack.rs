//! Brings one ordinary stack to where it is wanted.

use flagcdk_assembly::Region;

use super::wait::Wait;
use super::{Run, changed_by_other};
use crate::digest::token;
use crate::observe::{DeployedStack, deployed_stack};
use crate::plan::is_settled;
use crate::stages::next_stage;
use crate::template::parse;
use crate::{
    CellState, Cloud, Desired, ErrorKind, Outcome, Problem, StackEvent, StackRequest, StackState, TemplateSource,
};

/// How a stack's template is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// In the request: the bootstrap stack, which makes the bucket, cannot be read from it.
    Inline,
    /// By way of the home region's bucket.
    Published,
}

/// What a stack has gone through in this run.
#[derive(Default)]
struct Tried {
    changes: u32,
    deletions: u32,
    continued_rollback: bool,
    submitted: bool,
}

/// The most changes of one stack in one run: a global table may need one for each region.
const MOST_CHANGES: u32 = 40;

impl<C: Cloud> Run<'_, C> {
    /// Creates or updates a stack until it is as wanted, in as many steps as CloudFormation needs.
    ///
    /// Each turn looks at the stack and takes one step, so that it does not matter where an earlier run was cut off.
    pub(super) async fn reconcile_stack(
        &self,
        unit: &str,
        region: Region,
        desired: &Desired,
        planned: Option<&str>,
        sending: Sending,
    ) -> Result<(), Problem> {
        let mut tried = Tried::default();
        loop {
            let found = deployed_stack(self.cloud, region, &desired.name).await.map_err(|error| Problem::of(&error))?;
            let Some(DeployedStack { state, template }) = found else {
                self.step(&mut tried, unit, region, desired)?;
                self.change(unit, region, desired, "new", "", None, sending).await?;
                tried.submitted = true;
                continue;
            };
            if state.status.ends_with("_IN_PROGRESS")
                && state.status != "REVIEW_IN_PROGRESS"
                && !is_settled(&state.status)
            {
                self.journal.set(unit, region, CellState::Running, None);
                self.follow_stack(unit, region, &desired.name, &state.status).await?;
                continue;
            }
            let digest = state.digest(&template);
            let wanted = desired.is(&template, &state.parameters, &state.tags);
            match state.status.as_str() {
                status if is_settled(status) && wanted => {
                    let end = if tried.submitted { CellState::Done } else { CellState::Unchanged };
                    self.journal.set(unit, region, end, None);
                    return Ok(());
                }
                // A stack whose creation failed can only be deleted. One that failed in this run is left to be looked at.
                "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED"
                    if !tried.submitted && tried.deletions == 0 =>
                {
                    tried.deletions += 1;
                    let token = token(&["delete", &state.id]);
                    self.cloud
                        .delete_stack(region, &desired.name, &token)
                        .await
                        .map_err(|error| Problem::of(&error))?;
                }
                "UPDATE_ROLLBACK_FAILED" if !tried.submitted && !tried.continued_rollback => {
                    tried.continued_rollback = true;
                    let token = token(&["continue", &state.id, &digest]);
                    self.cloud
                        .continue_rollback(region, &desired.name, &token)
                        .await
                        .map_err(|error| Problem::of(&error))?;
                }
                status if is_settled(status) || !tried.submitted && is_rolled_back(status) => {
                    if !tried.submitted && !self.force && planned.is_some_and(|planned| planned != digest) {
                        return Err(changed_by_other(&desired.name));
                    }
                    self.step(&mut tried, unit, region, desired)?;
                    self.change(unit, region, desired, &state.id, &template, Some(&digest), sending).await?;
                    tried.submitted = true;
                }
                _ => return Err(self.failure(region, &desired.name, &state).await),
            }
        }
    }

    /// Deletes a stack, or finds it gone.
    pub(super) async fn delete_stack(&self, unit: &str, region: Region, name: &str) -> Result<(), Problem> {
        let mut submitted = false;
        loop {
            let Some(state) = self.cloud.stack(region, name).await.map_err(|error| Problem::of(&error))? else {
                let end = if submitted { CellState::Done } else { CellState::Unchanged };
                self.journal.set(unit, region, end, None);
                return Ok(());
            };
            if state.status.ends_with("_IN_PROGRESS") {
                self.follow_stack(unit, region, name, &state.status).await?;
            } else if submitted {
                return Err(self.failure(region, name, &state).await);
            } else {
                self.journal.set(unit, region, CellState::Running, None);
                let token = token(&["delete", &state.id]);
                self.cloud.delete_stack(region, name, &token).await.map_err(|error| Problem::of(&error))?;
            }
            submitted = true;
        }
    }

    fn step(&self, tried: &mut Tried, unit: &str, region: Region, desired: &Desired) -> Result<(), Problem> {
        self.journal.set(unit, region, CellState::Running, None);
        tried.changes += 1;
        if tried.changes <= MOST_CHANGES {
            return Ok(());
        }
        Err(Problem {
            code: "deploy::no-end".into(),
            message: format!("`{}` in `{region}` is not as wanted after {MOST_CHANGES} changes", desired.name),
            help: "see whether something else changes the same stack, then run the same command".into(),
            severity: Outcome::Partial,
        })
    }

    /// Submits the next change. That another one runs, or that this one was submitted before, is no failure: the next look
    /// at the stack tells how to go on.
    #[expect(clippy::too_many_arguments, reason = "each is one fact of the request, and there is one caller")]
    async fn change(
        &self,
        unit: &str,
        region: Region,
        desired: &Desired,
        stack_id: &str,
        deployed: &str,
        digest: Option<&str>,
        sending: Sending,
    ) -> Result<(), Problem> {
        let text = match digest {
            Some(_) => next_stage(&parse(deployed), &parse(&desired.template)).map(|stage| stage.to_string()),
            None => None,
        };
        let text = text.unwrap_or_else(|| desired.template.clone());
        let template = match sending {
            Sending::Inline => TemplateSource::Body(text.clone()),
            Sending::Published => TemplateSource::Url(self.publish_template(unit, &text).await?),
        };
        for attempt in 0..MOST_CHANGES {
            let attempt_text = attempt.to_string();
            let parts =
                [&self.app, &desired.name, region.as_str(), stack_id, digest.unwrap_or_default(), &text, &attempt_text];
            let request = StackRequest {
                name: desired.name.clone(),
                template: template.clone(),
                parameters: desired.parameters.clone(),
                tags: desired.tags.clone(),
                capabilities: desired.capabilities.clone(),
                token: token(&parts),
            };
            let outcome = match digest {
                None => self.cloud.create_stack(region, &request).await,
                Some(_) => self.cloud.update_stack(region, &request).await,
            };
            match outcome {
                Ok(()) => return Ok(()),
                // A token of a change that is long over: the same change is wanted once more.
                Err(error) if error.kind == ErrorKind::AlreadyExists && digest.is_some() => continue,
                Err(error) => {
                    return match error.kind {
                        ErrorKind::AlreadyExists | ErrorKind::OperationInProgress | ErrorKind::NothingToUpdate => {
                            Ok(())
                        }
                        _ => Err(Problem::of(&error)),
                    };
                }
            }
        }
        Ok(())
    }

    /// Waits until the stack no longer changes.
    async fn follow_stack(&self, unit: &str, region: Region, name: &str, status: &str) -> Result<(), Problem> {
        let mut wait = Wait::new(self.patience);
        let mut status = status.to_owned();
        let what = format!("the stack `{name}` in `{region}`");
        let help = format!("`aws cloudformation cancel-update-stack --stack-name {name} --region {region}`");
        loop {
            self.waiting(unit, format!("{what}: {status}"));
            wait.pause(&what, &help).await?;
            match self.cloud.stack(region, name).await.map_err(|error| Problem::of(&error))? {
                Some(state) if state.status.ends_with("_IN_PROGRESS") && !is_settled(&state.status) => {
                    status = state.status
                }
                _ => return Ok(()),
            }
        }
    }

    async fn failure(&self, region: Region, name: &str, state: &StackState) -> Problem {
        let events = self.cloud.stack_events(region, &state.id).await.unwrap_or_default();
        let cause =
            first_cause(&events).or_else(|| state.reason.clone()).unwrap_or_else(|| "no reason given".to_owned());
        Problem {
            code: "deploy::stack-failed".into(),
            message: format!("the stack `{name}` in `{region}` is in `{}`: {cause}", state.status),
            help: "mend the cause, then run the same command".into(),
            severity: if state.status == "DELETE_FAILED" { Outcome::NeedsPerson } else { Outcome::Partial },
        }
    }
}

fn is_rolled_back(status: &str) -> bool {
    matches!(status, "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" | "REVIEW_IN_PROGRESS")
}

/// The first failure among the events that is not itself the consequence of another one.
fn first_cause(events: &[StackEvent]) -> Option<String> {
    let failed = events.iter().find(|event| {
        event.status.ends_with("_FAILED")
            && event
                .reason
                .as_ref()
                .is_some_and(|reason| !reason.contains("cancelled") && !reason.contains("Cancelled"))
    })?;
    Some(format!(
        "`{}` ({}): {}",
        failed.logical_id,
        failed.resource_type,
        failed.reason.as_deref().unwrap_or_default()
    ))
}
