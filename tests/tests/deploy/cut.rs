//! A cloud that is cut off at a chosen request, as a process is that somebody kills.

use std::cell::Cell;
use std::future::pending;

use flagcdk_assembly::Region;
use flagcdk_engine::{
    Cloud, CloudError, Identity, Instance, ObjectRequest, Operation, OperationId, RegionResult, StackEvent,
    StackRequest, StackResource, StackSetRequest, StackSetState, StackState,
};
use tokio::sync::Notify;

/// When, relative to the request, the run is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request is never sent.
    Before,
    /// The request is answered, and the answer is never seen.
    After,
}

/// Passes requests on until the chosen one. Then it tells [`Cut::reached`], and never answers again.
pub(crate) struct Cut<'a, C> {
    cloud: &'a C,
    at: usize,
    moment: Moment,
    count: Cell<usize>,
    reached: Notify,
}

impl<'a, C> Cut<'a, C> {
    pub(crate) fn new(cloud: &'a C, at: usize, moment: Moment) -> Self {
        Self { cloud, at, moment, count: Cell::new(0), reached: Notify::new() }
    }

    /// Waits until the run is cut off.
    pub(crate) async fn reached(&self) {
        self.reached.notified().await;
    }

    async fn pass<T>(&self, request: impl Future<Output = T>) -> T {
        let number = self.count.get();
        self.count.set(number + 1);
        if number == self.at && self.moment == Moment::Before || number > self.at {
            self.reached.notify_one();
            return pending().await;
        }
        let answer = request.await;
        if number == self.at {
            self.reached.notify_one();
            return pending().await;
        }
        answer
    }
}

macro_rules! passed_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl<C: Cloud> Cloud for Cut<'_, C> {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, CloudError> {
                self.pass(self.cloud.$name($($argument),*)).await
            })*
        }
    };
}

passed_on! {
    identity() -> Identity;
    region_enabled(region: Region) -> bool;
    stack(region: Region, name: &str) -> Option<StackState>;
    stack_template(region: Region, name: &str) -> String;
    create_stack(region: Region, request: &StackRequest) -> ();
    update_stack(region: Region, request: &StackRequest) -> ();
    delete_stack(region: Region, name: &str, token: &str) -> ();
    continue_rollback(region: Region, name: &str, token: &str) -> ();
    stack_events(region: Region, name_or_id: &str) -> Vec<StackEvent>;
    stack_resources(region: Region, name: &str) -> Vec<StackResource>;
    stack_set(name: &str) -> Option<StackSetState>;
    create_stack_set(request: &StackSetRequest, token: &str) -> ();
    update_stack_set(request: &StackSetRequest, regions: &[Region], operation: &OperationId) -> ();
    delete_stack_set(name: &str) -> ();
    instances(name: &str) -> Vec<Instance>;
    create_instances(name: &str, regions: &[Region], operation: &OperationId) -> ();
    update_instances(name: &str, regions: &[Region], operation: &OperationId) -> ();
    delete_instances(name: &str, regions: &[Region], operation: &OperationId) -> ();
    operations(name: &str) -> Vec<Operation>;
    operation(name: &str, id: &OperationId) -> Option<Operation>;
    operation_results(name: &str, id: &OperationId) -> Vec<RegionResult>;
    table_stream(region: Region, table: &str) -> Option<String>;
    object_sha256(region: Region, bucket: &str, key: &str) -> Option<String>;
    put_object(region: Region, object: &ObjectRequest<'_>) -> ();
}
