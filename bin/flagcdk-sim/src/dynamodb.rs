//! DynamoDB: what tables there are.

use serde_json::{Map, Value, json};

use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::region;
use crate::resources::table_rules::stream_arn;

/// Answers a request in JSON.
pub(crate) fn answer(cloud: &mut Cloud, action: &str, region: &str, body: &[u8]) -> Result<String, ServiceError> {
    match action {
        "DescribeTable" => describe_table(cloud, region, body),
        "ListTables" => {
            let names: Vec<String> = cloud.store.region_view(region).tables.keys().cloned().collect();
            Ok(json!({ "TableNames": names }).to_string())
        }
        _ => Err(ServiceError::new(
            400,
            "com.amazonaws.dynamodb.v20120810#UnknownOperationException",
            format!("the simulator does not know the operation {action}"),
        )),
    }
}

fn describe_table(cloud: &mut Cloud, place: &str, body: &[u8]) -> Result<String, ServiceError> {
    let request: Value = serde_json::from_slice(body).map_err(|error| {
        ServiceError::new(400, "com.amazon.coral.service#SerializationException", error.to_string())
    })?;
    let given = request.get("TableName").and_then(Value::as_str).unwrap_or_default();
    // The name may be given as an ARN.
    let name = given.rsplit_once(":table/").map_or(given, |(_, name)| name);
    let not_found = || {
        ServiceError::new(
            400,
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            format!("Requested resource not found: Table: {name} not found"),
        )
    };
    let key = cloud.store.region_view(place).tables.get(name).cloned().ok_or_else(not_found)?;
    let account = cloud.account.clone();
    let table = cloud.store.tables.get(&key).ok_or_else(not_found)?;
    let replica = table.replicas.get(place).ok_or_else(not_found)?;
    let mut description = Map::new();
    description.insert("TableName".into(), json!(table.name));
    description.insert("TableStatus".into(), json!("ACTIVE"));
    description.insert(
        "TableArn".into(),
        json!(format!("arn:{}:dynamodb:{place}:{account}:table/{}", region::partition(place), table.name)),
    );
    description.insert("TableId".into(), json!(table.id));
    description.insert("CreationDateTime".into(), json!(table.created.seconds()));
    description.insert("ItemCount".into(), json!(0));
    description.insert("TableSizeBytes".into(), json!(0));
    description.insert("DeletionProtectionEnabled".into(), json!(replica.deletion_protection));
    for name in ["KeySchema", "AttributeDefinitions"] {
        if let Some(value) = table.properties.get(name) {
            description.insert(name.into(), value.clone());
        }
    }
    if let Some(mode) = table.properties.get("BillingMode") {
        description.insert("BillingModeSummary".into(), json!({ "BillingMode": mode }));
    }
    if let Some(arn) = stream_arn(&account, place, table) {
        description.insert(
            "StreamSpecification".into(),
            json!({
                "StreamEnabled": true,
                "StreamViewType": table
                    .properties
                    .pointer("/StreamSpecification/StreamViewType")
                    .cloned()
                    .unwrap_or_else(|| json!("NEW_AND_OLD_IMAGES")),
            }),
        );
        description.insert("LatestStreamArn".into(), json!(arn));
        description.insert("LatestStreamLabel".into(), json!(replica.stream_label));
    }
    if table.replicas.len() > 1 {
        description.insert("GlobalTableVersion".into(), json!("2019.11.21"));
        // A table does not list its own region among its replicas.
        let others: Vec<Value> = table
            .replicas
            .keys()
            .filter(|other| *other != place)
            .map(|other| json!({ "RegionName": other, "ReplicaStatus": "ACTIVE" }))
            .collect();
        description.insert("Replicas".into(), json!(others));
    }
    Ok(json!({ "Table": description }).to_string())
}
