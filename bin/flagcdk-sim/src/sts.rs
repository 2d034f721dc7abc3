//! STS: who is asking.

use crate::cloud::Cloud;
use crate::protocol::ServiceError;
use crate::protocol::xml::Xml;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(crate) fn answer(cloud: &Cloud, action: &str, request_id: &str) -> Result<String, ServiceError> {
    if action != "GetCallerIdentity" {
        return Err(ServiceError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version 2011-06-15"),
        ));
    }
    let mut xml = Xml::default();
    xml.root("GetCallerIdentityResponse", NAMESPACE, |xml| {
        xml.element("GetCallerIdentityResult", |xml| {
            xml.text("Arn", format_args!("arn:aws:iam::{}:user/simulated", cloud.account));
            xml.text("UserId", "AIDASIMULATEDUSER0001");
            xml.text("Account", &cloud.account);
        });
        xml.element("ResponseMetadata", |xml| xml.text("RequestId", request_id));
    });
    Ok(xml.finish())
}
