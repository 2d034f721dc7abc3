//! The engine's questions, each answered by the file that knows its service.

use flagcdk_assembly::Region;
use flagcdk_engine::{
    Cloud, CloudError, Identity, Instance, ObjectRequest, Operation, OperationId, RegionResult, StackEvent,
    StackRequest, StackResource, StackSetRequest, StackSetState, StackState,
};

use crate::connection::AwsCloud;

impl Cloud for AwsCloud {
    async fn identity(&self) -> Result<Identity, CloudError> {
        self.who().await.cloned()
    }

    async fn region_enabled(&self, region: Region) -> Result<bool, CloudError> {
        self.is_enabled(region).await
    }

    async fn stack(&self, region: Region, name: &str) -> Result<Option<StackState>, CloudError> {
        self.describe_stack(region, name).await
    }

    async fn stack_template(&self, region: Region, name: &str) -> Result<String, CloudError> {
        self.original_template(region, name).await
    }

    async fn create_stack(&self, region: Region, request: &StackRequest) -> Result<(), CloudError> {
        self.begin_stack(region, request).await
    }

    async fn update_stack(&self, region: Region, request: &StackRequest) -> Result<(), CloudError> {
        self.change_stack(region, request).await
    }

    async fn delete_stack(&self, region: Region, name: &str, token: &str) -> Result<(), CloudError> {
        self.remove_stack(region, name, token).await
    }

    async fn continue_rollback(&self, region: Region, name: &str, token: &str) -> Result<(), CloudError> {
        self.go_on_rolling_back(region, name, token).await
    }

    async fn stack_events(&self, region: Region, name_or_id: &str) -> Result<Vec<StackEvent>, CloudError> {
        self.latest_events(region, name_or_id).await
    }

    async fn stack_resources(&self, region: Region, name: &str) -> Result<Vec<StackResource>, CloudError> {
        self.resources_of(region, name).await
    }

    async fn stack_set(&self, name: &str) -> Result<Option<StackSetState>, CloudError> {
        self.describe_stack_set(name).await
    }

    async fn create_stack_set(&self, request: &StackSetRequest, token: &str) -> Result<(), CloudError> {
        self.begin_stack_set(request, token).await
    }

    async fn update_stack_set(
        &self,
        request: &StackSetRequest,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        self.change_stack_set(request, regions, operation).await
    }

    async fn delete_stack_set(&self, name: &str) -> Result<(), CloudError> {
        self.remove_stack_set(name).await
    }

    async fn instances(&self, name: &str) -> Result<Vec<Instance>, CloudError> {
        self.list_instances(name).await
    }

    async fn create_instances(
        &self,
        name: &str,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        self.begin_instances(name, regions, operation).await
    }

    async fn update_instances(
        &self,
        name: &str,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        self.change_instances(name, regions, operation).await
    }

    async fn delete_instances(
        &self,
        name: &str,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError> {
        self.remove_instances(name, regions, operation).await
    }

    async fn operations(&self, name: &str) -> Result<Vec<Operation>, CloudError> {
        self.list_operations(name).await
    }

    async fn operation(&self, name: &str, id: &OperationId) -> Result<Option<Operation>, CloudError> {
        self.describe_operation(name, id).await
    }

    async fn operation_results(&self, name: &str, id: &OperationId) -> Result<Vec<RegionResult>, CloudError> {
        self.list_results(name, id).await
    }

    async fn table_stream(&self, region: Region, table: &str) -> Result<Option<String>, CloudError> {
        self.latest_stream(region, table).await
    }

    async fn object_sha256(&self, region: Region, bucket: &str, key: &str) -> Result<Option<String>, CloudError> {
        self.verified_sha256(region, bucket, key).await
    }

    async fn put_object(&self, region: Region, object: &ObjectRequest<'_>) -> Result<(), CloudError> {
        self.upload(region, object).await
    }
}
