"""shopper pictures

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'shopper_pictures',
        sa.Column('id', sa.String(length=32), primary_key=True),
        sa.Column(
            'conversation', sa.String(length=255), sa.ForeignKey('conversations.id'), nullable=False
        ),
        sa.Column('content_type', sa.String(length=32), nullable=False),
        sa.Column('data', sa.LargeBinary(), nullable=False),
        sa.Column('at', conversations.database.UtcTime(precision=53), nullable=False),
    )
    op.create_index(
        'ix_shopper_pictures_conversation', 'shopper_pictures', ['conversation', 'at']
    )


def downgrade() -> None:
    op.drop_table('shopper_pictures')
