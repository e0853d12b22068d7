"""unknown questions

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

import conversations.database

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('unknown_questions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('conversation', sa.String(length=255), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('intent', sa.Text(), nullable=False),
    sa.Column('confidence', sa.Float(precision=53), nullable=False),
    sa.Column('ranking', sa.Text(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('created_at', conversations.database.UtcTime(precision=53), nullable=False),
    sa.ForeignKeyConstraint(['conversation'], ['conversations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_unknown_questions_created_at'), 'unknown_questions', ['created_at'], unique=False)
    op.create_index('ix_unknown_questions_reason', 'unknown_questions', ['reason', 'created_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_unknown_questions_reason', table_name='unknown_questions')
    op.drop_index(op.f('ix_unknown_questions_created_at'), table_name='unknown_questions')
    op.drop_table('unknown_questions')
