//! What is said of templates that are wrong: all of it at once, each with its place.

use flagcdk_migrate::{Migration, Source};

/// The findings of a template as `place: message [code]`.
fn findings(text: &str) -> Vec<String> {
    let findings = match Source::parse("t.yaml", text).and_then(Migration::of) {
        Ok(_) => Vec::new(),
        Err(findings) => findings,
    };
    findings.iter().inspect(|finding| assert!(!finding.help.is_empty(), "{finding}")).map(ToString::to_string).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected);
}

#[test]
fn what_is_wrong_with_the_text_has_its_place() {
    check(
        "Resources:\n  A: !Fub x\n  B: !Reff y\n",
        &[
            "t.yaml:2:6: `!Fub` is no short form of an intrinsic function [migrate::text]",
            "t.yaml:3:6: `!Reff` is no short form of an intrinsic function [migrate::text]",
        ],
    );
    check("", &["t.yaml:1:1: a template is an object, got nothing [migrate::text]"]);
    assert!(findings("{\"Resources\": {\n  \"A\": 1,,\n}}")[0].starts_with("t.yaml:2:"));
}

#[test]
fn sections_are_checked() {
    check("Description: x\n", &["t.yaml:1:1: the template has no `Resources` [migrate::no-resources]"]);
    check(
        "Resource: {}\nResources: {}\nOutputs: []\nDescription: [a]\n",
        &[
            "t.yaml:4:1 Description: wanted a text, got a list [migrate::wrong-shape]",
            "t.yaml:3:1 Outputs: wanted an object, got a list [migrate::wrong-shape]",
            "t.yaml:1:1 Resource: `Resource` is no section of a template [migrate::unknown-section]",
            "t.yaml:2:1 Resources: the template has no resources [migrate::no-resources]",
        ],
    );
    check(
        "AWSTemplateFormatVersion: 2010-09-10\nResources: { A: { Type: AWS::SNS::Topic } }\n",
        &["t.yaml:1:1 AWSTemplateFormatVersion: the format version is `2010-09-09`, got `2010-09-10` \
             [migrate::format-version]"],
    );
}

#[test]
fn everything_is_found_at_once() {
    let text = "
Parameters:
  Size: { Default: 1 }
Conditions:
  Big: !Equals [!Ref Size]
  Other: !Not [!Condition Bigger]
Resources:
  my-queue: { Type: AWS::SQS::Queue }
  Queue:
    Type: AWS::SQS::Queue
    Condition: Large
    DependsOn: [Topic, my-queue]
    DeletePolicy: Retain
    Properties:
      QueueName: !Sub '${Nmae}-${Topic.TopicName}-${AWS::Region}'
      DelaySeconds:
      KmsMasterKeyId: !If [Big, a]
      Tags:
        - Key: a
          Value: !FindInMap [Sizes, a, b]
  Nothing: {}
Outputs:
  Arn: { Value: !GetAtt Quue.Arn }
  Empty: { Description: x }
";
    check(
        text,
        &[
            "t.yaml:5:8 Conditions/Big/Fn::Equals: wanted a list of two values, got a list [migrate::wrong-shape]",
            "t.yaml:6:16 Conditions/Other/Fn::Not/0/Condition: `Bigger` is no condition of the template \
             [migrate::unknown-condition]",
            "t.yaml:23:10 Outputs/Arn/Value/Fn::GetAtt: `Quue` is no resource of the template [migrate::unknown-resource]",
            "t.yaml:24:3 Outputs/Empty: `Value` is missing [migrate::missing]",
            "t.yaml:3:3 Parameters/Size: `Type` is missing [migrate::missing]",
            "t.yaml:21:3 Resources/Nothing: `Type` is missing [migrate::missing]",
            "t.yaml:11:5 Resources/Queue/Condition: `Large` is no condition of the template [migrate::unknown-condition]",
            "t.yaml:13:5 Resources/Queue/DeletePolicy: `DeletePolicy` is nothing that a resource has beside its properties \
             [migrate::unknown-attribute]",
            "t.yaml:12:5 Resources/Queue/DependsOn: `DependsOn` names `Topic`, which is no resource of the template \
             [migrate::unknown-resource]",
            "t.yaml:16:7 Resources/Queue/Properties/DelaySeconds: there is nothing here (`null`) [migrate::null]",
            "t.yaml:17:23 Resources/Queue/Properties/KmsMasterKeyId/Fn::If: wanted a list of a condition and two values, got \
             a list of 2 [migrate::wrong-shape]",
            "t.yaml:15:7 Resources/Queue/Properties/QueueName/Fn::Sub: `Nmae` is neither a parameter nor a resource of the \
             template [migrate::unknown-reference]",
            "t.yaml:15:7 Resources/Queue/Properties/QueueName/Fn::Sub: `Topic` is no resource of the template \
             [migrate::unknown-resource]",
            "t.yaml:20:18 Resources/Queue/Properties/Tags/0/Value/Fn::FindInMap: `Sizes` is no mapping of the template \
             [migrate::unknown-mapping]",
            "t.yaml:8:3 Resources/my-queue: `my-queue` cannot be a name in `Resources` [migrate::bad-name]",
        ],
    );
}

#[test]
fn macros_may_bring_what_is_not_in_the_text() {
    check(
        "Transform: Mine\nAnything: 1\nResources: { A: { Type: 'AWS::SNS::Topic', More: !Ref Made, DependsOn: Made } }\n",
        &[],
    );
}
