"""Verifies signed webhooks with the library of the Standard Webhooks specification.

Reads JSON lines {"secret", "headers", "body"} from standard input and answers each with one line:
the verified body as JSON, or `refused: ` and the library's reason.
"""
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin:
    case = json.loads(line)
    try:
        print(json.dumps(Webhook(case["secret"]).verify(case["body"], case["headers"])))
    except WebhookVerificationError as reason:
        print("refused:", reason)
