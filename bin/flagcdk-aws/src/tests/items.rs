//! Items over the wire.

use flagcdk_engine::ErrorKind;
use serde_json::{Value, json};

use super::server::{Answer, Request, Server};
use super::{HOME, connect};
use crate::{Expression, ItemQuery, ItemWrite};

fn refused(code: &str, more: &str) -> Answer {
    let body = format!(r#"{{"__type": "com.amazonaws.dynamodb.v20120810#{code}", "message": "No."{more}}}"#);
    Answer::Reply(400, vec![("content-type", "application/x-amz-json-1.0".to_owned())], body)
}

fn canceled(codes: &[&str]) -> Answer {
    let reasons: Vec<_> = codes.iter().map(|code| json!({ "Code": code, "Message": "Why." })).collect();
    refused("TransactionCanceledException", &format!(r#", "CancellationReasons": {}"#, Value::from(reasons)))
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

fn write() -> ItemWrite {
    ItemWrite::Put {
        item: json!({"id": {"S": "a"}, "n": {"N": "1"}}),
        condition: Expression::new("#n = :n").name("#n", "n").value(":n", json!({"N": "0"})),
    }
}

#[tokio::test]
async fn an_item_is_read_as_it_is_now() {
    let server = Server::playing([Answer::ok(r#"{"Item": {"id": {"S": "a"}, "n": {"N": "1.50"}}}"#)]).await;
    let cloud = connect(&server).await;
    let item = cloud.item(HOME, "flags", &json!({"id": {"S": "a"}})).await.unwrap();
    assert_eq!(item, Some(json!({"id": {"S": "a"}, "n": {"N": "1.50"}})));
    let sent = &server.requests()[0];
    assert_eq!(sent.action(), "GetItem");
    assert_eq!(body(sent), json!({"TableName": "flags", "Key": {"id": {"S": "a"}}, "ConsistentRead": true}));
    let server = Server::playing([Answer::ok("{}")]).await;
    assert_eq!(connect(&server).await.item(HOME, "flags", &json!({"id": {"S": "a"}})).await, Ok(None));
    let server = Server::playing([refused("ResourceNotFoundException", "")]).await;
    let error = connect(&server).await.item(HOME, "flags", &json!({"id": {"S": "a"}})).await.unwrap_err();
    assert_eq!((error.kind, error.action, error.region), (ErrorKind::NotFound, "dynamodb:GetItem", HOME), "{error}");
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let answer = r#"{"Items": [{"id": {"S": "a"}}], "LastEvaluatedKey": {"id": {"S": "a"}}}"#;
    let server = Server::playing([Answer::ok(answer), Answer::ok(r#"{"Items": []}"#)]).await;
    let cloud = connect(&server).await;
    let key = Expression::new("id = :id").value(":id", json!({"S": "a"}));
    let query = ItemQuery {
        table: "flags".to_owned(),
        key: Some(key),
        descending: true,
        limit: Some(1),
        ..ItemQuery::default()
    };
    let first = cloud.items(HOME, &query).await.unwrap();
    assert_eq!(first.items, [json!({"id": {"S": "a"}})]);
    let scan = ItemQuery { key: None, index: Some("heads".to_owned()), start: first.next, ..query };
    let second = cloud.items(HOME, &scan).await.unwrap();
    assert_eq!((second.items.len(), second.next), (0, None));
    assert_eq!(server.actions(), ["Query", "Scan"]);
    let sent: Vec<_> = server.requests().iter().map(body).collect();
    assert_eq!(
        sent[0],
        json!({
            "TableName": "flags", "ConsistentRead": true, "KeyConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": {"S": "a"}}, "ScanIndexForward": false, "Limit": 1,
        })
    );
    assert_eq!(
        sent[1],
        json!({
            "TableName": "flags", "IndexName": "heads", "ConsistentRead": false, "Limit": 1,
            "ExclusiveStartKey": {"id": {"S": "a"}},
        })
    );
}

#[tokio::test]
async fn a_transaction_is_written_once_or_not() {
    let expired = || refused("ExpiredTokenException", "");
    for (script, expected, sent) in [
        (vec![Answer::ok("{}")], Ok(true), 1),
        (vec![canceled(&["None", "ConditionalCheckFailed"])], Ok(false), 1),
        (vec![canceled(&["TransactionConflict"]), Answer::ok("{}")], Ok(true), 2),
        (vec![refused("TransactionInProgressException", ""), Answer::ok("{}")], Ok(true), 2),
        (vec![canceled(&["ThrottlingError"])], Err(ErrorKind::Throttled), 8),
        (vec![canceled(&["ValidationError", "None"])], Err(ErrorKind::Rejected), 1),
        (vec![refused("ProvisionedThroughputExceededException", ""), Answer::ok("{}")], Ok(true), 2),
        (vec![Answer::Reset, Answer::ok("{}")], Ok(true), 2),
        (vec![refused("ResourceNotFoundException", "")], Err(ErrorKind::NotFound), 1),
        (vec![refused("AccessDeniedException", "")], Err(ErrorKind::AccessDenied), 1),
        (vec![expired(), Answer::ok("{}")], Ok(true), 2),
    ] {
        let shown = format!("{script:?}");
        let server = Server::playing(script).await;
        let outcome = connect(&server).await.write_items(HOME, "flags", &[write()]).await;
        assert_eq!(outcome.map_err(|error| error.kind), expected, "{shown}");
        let tokens: Vec<_> =
            server.requests().iter().map(|request| body(request)["ClientRequestToken"].clone()).collect();
        assert_eq!(tokens.len(), sent, "{shown}");
        assert!(tokens.iter().all(|token| token.is_string() && *token == tokens[0]), "{shown}: {tokens:?}");
    }
}

#[tokio::test]
async fn what_a_transaction_says() {
    let server = Server::playing([Answer::ok("{}")]).await;
    let key = json!({"id": {"S": "b"}});
    let update = Expression::new("SET #s = :s").name("#s", "status").value(":s", json!({"S": "bad"}));
    let condition = "attribute_exists(id)".to_owned();
    let check = ItemWrite::Check { key: json!({"id": {"S": "c"}}), condition: Expression::new("attribute_exists(id)") };
    let writes = [write(), ItemWrite::Update { key, update, condition }, check];
    assert_eq!(connect(&server).await.write_items(HOME, "flags", &writes).await, Ok(true));
    let sent = body(&server.requests()[0]);
    assert_eq!(
        sent["TransactItems"],
        json!([
            {"Put": {
                "TableName": "flags", "Item": {"id": {"S": "a"}, "n": {"N": "1"}}, "ConditionExpression": "#n = :n",
                "ExpressionAttributeNames": {"#n": "n"}, "ExpressionAttributeValues": {":n": {"N": "0"}},
            }},
            {"Update": {
                "TableName": "flags", "Key": {"id": {"S": "b"}}, "UpdateExpression": "SET #s = :s",
                "ConditionExpression": "attribute_exists(id)",
                "ExpressionAttributeNames": {"#s": "status"}, "ExpressionAttributeValues": {":s": {"S": "bad"}},
            }},
            {"ConditionCheck": {
                "TableName": "flags", "Key": {"id": {"S": "c"}}, "ConditionExpression": "attribute_exists(id)",
            }},
        ])
    );
}
