//! DynamoDB tables.

use flagcdk_assembly::Region;
use flagcdk_engine::{CloudError, ErrorKind};

use crate::connection::AwsCloud;
use crate::requests::Call;

impl AwsCloud {
    pub(crate) async fn latest_stream(&self, region: Region, table: &str) -> Result<Option<String>, CloudError> {
        let call = Call::new("dynamodb:DescribeTable", region);
        let answer =
            self.send(call, async || self.dynamodb(region).describe_table().table_name(table).send().await).await;
        match answer {
            Ok(answer) => Ok(answer.table.and_then(|table| table.latest_stream_arn)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
