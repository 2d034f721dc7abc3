//! Brings one StackSet to where it is wanted, in every region that is worked on.

use std::collections::BTreeSet;

use flagcdk_assembly::Region;

use super::wait::Wait;
use super::{Run, changed_by_other};
use crate::digest::{operation_id, token};
use crate::observe::{DeployedSet, deployed_set};
use crate::plan::inoperable;
use crate::{
    CellState, Cloud, CloudError, Desired, ErrorKind, InstanceStatus, Operation, OperationId, Outcome, Problem,
    ResultStatus, StackSetRequest, bootstrap,
};

/// The most operations of one StackSet in one run.
const MOST_ROUNDS: usize = 6;

/// The most attempts at an operation over all runs that are looked for.
const MOST_ATTEMPTS: u32 = 1_000;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Create,
    Update,
    Refresh,
    Delete,
}

/// Whose operation is followed. Of an unknown one it is not known what its results mean for what is wanted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Ours,
    Unknown,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Refresh => "refresh",
            Self::Delete => "delete",
        }
    }
}

impl<C: Cloud> Run<'_, C> {
    /// Each turn looks at the StackSet and starts at most one operation, so that it does not matter where an earlier run
    /// was cut off, or what runs already. A region that failed is not tried again in the same run.
    pub(super) async fn reconcile_stack_set(
        &self,
        unit: &str,
        desired: &Desired,
        regions: &[Region],
        planned: Option<&str>,
    ) -> Result<(), Problem> {
        let wanted = desired.digest();
        let mut ours = false;
        for _ in 0..MOST_ROUNDS {
            let found = deployed_set(self.cloud, &desired.name).await.map_err(|error| Problem::of(&error))?;
            let Some(deployed) = found else {
                self.create_stack_set(unit, desired).await?;
                ours = true;
                continue;
            };
            if let Some(operation) = &deployed.active {
                self.follow(unit, &desired.name, operation, Whose::Unknown).await?;
                continue;
            }
            let digest = deployed.state.digest();
            let state = &deployed.state;
            if !desired.is(&state.template, &state.parameters, &state.tags) {
                if ours || (!self.force && planned.is_some_and(|planned| planned != digest)) {
                    return Err(changed_by_other(&desired.name));
                }
                ours = true;
                self.update_stack_set(unit, desired, &digest, &deployed, regions).await?;
                continue;
            }
            let settled: BTreeSet<_> =
                self.journal.regions_where(unit, |state| state == CellState::Failed).into_iter().collect();
            let (mut missing, mut outdated) = (Vec::new(), Vec::new());
            for region in regions.iter().filter(|region| !settled.contains(region)) {
                let instance = deployed.instances.iter().find(|instance| instance.region == *region);
                match instance.map(|instance| instance.status) {
                    None => missing.push(*region),
                    Some(InstanceStatus::Current) => {
                        let end = if ours { CellState::Done } else { CellState::Unchanged };
                        self.journal.set(unit, *region, end, None);
                    }
                    Some(InstanceStatus::Inoperable) => {
                        return Err(inoperable(&desired.name, *region, &self.identity.account));
                    }
                    Some(_) => outdated.push(*region),
                }
            }
            let (action, regions) = match (missing.is_empty(), outdated.is_empty()) {
                (true, true) => return Ok(()),
                (false, _) => (Action::Create, missing),
                (true, false) => (Action::Refresh, outdated),
            };
            ours = true;
            self.operate(unit, desired, action, &wanted, &regions).await?;
        }
        Err(Problem {
            code: "deploy::no-end".into(),
            message: format!("`{}` is not as wanted after {MOST_ROUNDS} operations", desired.name),
            help: "see whether something else changes the same StackSet, then run the same command".into(),
            severity: Outcome::Partial,
        })
    }

    /// Deletes a StackSet and its instances, or finds it gone.
    pub(super) async fn delete_stack_set(&self, unit: &str, name: &str) -> Result<(), Problem> {
        for round in 0..MOST_ROUNDS {
            let found = deployed_set(self.cloud, name).await.map_err(|error| Problem::of(&error))?;
            let Some(deployed) = found else {
                let end = if round == 0 { CellState::Unchanged } else { CellState::Done };
                self.journal.set_rest(unit, end, None);
                return Ok(());
            };
            if let Some(operation) = &deployed.active {
                self.follow(unit, name, operation, Whose::Unknown).await?;
                continue;
            }
            let failed = self.journal.regions_where(unit, |state| state == CellState::Failed);
            let left: Vec<_> = deployed
                .instances
                .iter()
                .map(|instance| instance.region)
                .filter(|region| !failed.contains(region))
                .collect();
            if !failed.is_empty() && left.is_empty() {
                return Ok(());
            }
            if left.is_empty() {
                match self.cloud.delete_stack_set(name).await {
                    Err(error) if !matches!(error.kind, ErrorKind::OperationInProgress | ErrorKind::NotEmpty) => {
                        return Err(Problem::of(&error));
                    }
                    _ => continue,
                }
            }
            let desired = Desired {
                name: name.to_owned(),
                description: String::new(),
                template: String::new(),
                parameters: std::collections::BTreeMap::new(),
                tags: deployed.state.tags.clone(),
                capabilities: Vec::new(),
            };
            self.operate(unit, &desired, Action::Delete, "", &left).await?;
        }
        Err(Problem {
            code: "destroy::no-end".into(),
            message: format!("`{name}` is still there after {MOST_ROUNDS} operations"),
            help: "run the same command again".into(),
            severity: Outcome::Partial,
        })
    }

    async fn create_stack_set(&self, unit: &str, desired: &Desired) -> Result<(), Problem> {
        let request = self.request(unit, desired).await?;
        match self.cloud.create_stack_set(&request, &token(&[&self.app, &desired.name, &desired.digest()])).await {
            // Another run was faster, or this request was answered into the void: the next look tells whose it is.
            Err(error) if !matches!(error.kind, ErrorKind::AlreadyExists | ErrorKind::Stale) => {
                Err(Problem::of(&error))
            }
            _ => Ok(()),
        }
    }

    async fn update_stack_set(
        &self,
        unit: &str,
        desired: &Desired,
        from: &str,
        deployed: &DeployedSet,
        regions: &[Region],
    ) -> Result<(), Problem> {
        let operable = deployed.instances.iter().filter(|instance| instance.status != InstanceStatus::Inoperable);
        let regions: Vec<_> =
            operable.map(|instance| instance.region).filter(|region| regions.contains(region)).collect();
        for region in &regions {
            self.journal.set(unit, *region, CellState::Running, None);
        }
        let request = self.request(unit, desired).await?;
        let parts = [from, &desired.digest()];
        self.submit(unit, desired, Action::Update, &parts, &regions, async |id| {
            self.cloud.update_stack_set(&request, &regions, id).await
        })
        .await
    }

    async fn operate(
        &self,
        unit: &str,
        desired: &Desired,
        action: Action,
        digest: &str,
        regions: &[Region],
    ) -> Result<(), Problem> {
        for region in regions {
            self.journal.set(unit, *region, CellState::Running, None);
        }
        let name = &desired.name;
        self.submit(unit, desired, action, &[digest], regions, async |id| match action {
            Action::Create => self.cloud.create_instances(name, regions, id).await,
            Action::Delete => self.cloud.delete_instances(name, regions, id).await,
            Action::Update | Action::Refresh => self.cloud.update_instances(name, regions, id).await,
        })
        .await
    }

    /// Starts an operation under the first id of its kind that was never used or is still running, and follows it to its
    /// end. A run that was cut off meets its own operation again by this.
    async fn submit(
        &self,
        unit: &str,
        desired: &Desired,
        action: Action,
        content: &[&str],
        regions: &[Region],
        start: impl AsyncFn(&OperationId) -> Result<(), CloudError>,
    ) -> Result<(), Problem> {
        let name = &desired.name;
        let regions_text = regions.iter().map(|region| region.as_str()).collect::<Vec<_>>().join(",");
        let parts = [&[self.app.as_str(), name, action.as_str(), &regions_text], content].concat();
        for attempt in 0..MOST_ATTEMPTS {
            let id = operation_id(&parts, attempt);
            let known = self.cloud.operation(name, &id).await.map_err(|error| Problem::of(&error))?;
            match known {
                Some(operation) if operation.status.is_active() => {
                    return self.follow(unit, name, &operation, Whose::Ours).await;
                }
                Some(_) => continue,
                None => {}
            }
            return match start(&id).await {
                Ok(()) => {
                    let operation = Operation { id, status: crate::OperationStatus::Running };
                    self.follow(unit, name, &operation, Whose::Ours).await
                }
                // Somebody else's operation, or our own whose answer was lost: the next look at the StackSet finds it.
                Err(error)
                    if matches!(
                        error.kind,
                        ErrorKind::AlreadyExists | ErrorKind::OperationInProgress | ErrorKind::Stale
                    ) =>
                {
                    Ok(())
                }
                Err(error) => Err(Problem::of(&error)),
            };
        }
        Ok(())
    }

    /// Waits for an operation, and tells region by region what it does.
    async fn follow(&self, unit: &str, name: &str, operation: &Operation, whose: Whose) -> Result<(), Problem> {
        let mut wait = Wait::new(self.patience);
        let id = &operation.id;
        let what = format!("operation `{}` of `{name}`", id.0);
        let home = self.home;
        let help = format!(
            "`aws cloudformation stop-stack-set-operation --stack-set-name {name} --operation-id {} --region {home}`",
            id.0
        );
        loop {
            self.waiting(unit, what.clone());
            let found = self.cloud.operation(name, id).await.map_err(|error| Problem::of(&error))?;
            let active = found.is_some_and(|operation| operation.status.is_active());
            for result in self.cloud.operation_results(name, id).await.map_err(|error| Problem::of(&error))? {
                let region = result.region;
                match result.status {
                    ResultStatus::Running => self.journal.set(unit, region, CellState::Running, None),
                    ResultStatus::Failed if whose == Whose::Ours => {
                        let reason = result.reason.unwrap_or_else(|| "no reason given".to_owned());
                        self.journal.set(unit, region, CellState::Failed, Some(reason));
                    }
                    ResultStatus::Succeeded if whose == Whose::Ours => {
                        self.journal.set(unit, region, CellState::Done, None);
                    }
                    _ => {}
                }
            }
            if !active {
                return Ok(());
            }
            wait.pause(&what, &help).await?;
        }
    }

    async fn request(&self, unit: &str, desired: &Desired) -> Result<StackSetRequest, Problem> {
        Ok(StackSetRequest {
            name: desired.name.clone(),
            description: desired.description.clone(),
            template_url: self.publish_template(unit, &desired.template).await?,
            parameters: desired.parameters.clone(),
            tags: desired.tags.clone(),
            capabilities: desired.capabilities.clone(),
            administration_role_arn: bootstrap::administration_role_arn(&self.identity, self.home),
            execution_role_name: bootstrap::EXECUTION_ROLE.to_owned(),
        })
    }
}
